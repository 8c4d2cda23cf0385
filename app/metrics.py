"""What the server counts of itself, for Prometheus: exact over the worker processes of a machine.

Each process counts in memory that is mapped to a file of its own, and whoever is asked adds up all files. One request costs
under two microseconds so; in the files of prometheus-client, which have the same purpose, it costs five times that. A
process that takes the place of a dead one goes on in its file: no count ever goes back.
"""

import fcntl
import mmap
import os
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import orjson

# Seconds; a target of 50 ms can be read off, and so can the slow page.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_TIMES = len(BOUNDS) + 2  # one more for what is slower, one for the sum in nanoseconds

_MAGIC, _NAMES, _SLOTS = b"uaa metrics 1\n", 256 * 1024, 32 * 1024
_MOST_FILES = 1024
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Series = tuple[str, ...]  # the family's name and the values of its labels


@dataclass(frozen=True)
class Family:
    """One metric. :param labels: their names; :param kind: counter, histogram or gauge."""

    help: str
    labels: tuple[str, ...] = ()
    kind: str = "counter"


REQUESTS, SECONDS = "uaa_http_requests_total", "uaa_http_request_duration_seconds"
TOKENS, ERRORS, LIMITED = "uaa_tokens_issued_total", "uaa_errors_total", "uaa_rate_limited_total"
FAMILIES = {
    REQUESTS: Family("Requests answered, by address, method and status.", ("route", "method", "status")),
    SECONDS: Family("Time until the answer, by address and method.", ("route", "method"), "histogram"),
    TOKENS: Family("Pairs of tokens handed out; grant refresh_token are the refreshes.", ("grant",)),
    ERRORS: Family("Requests that were refused or failed, by the error code they were told.", ("door", "reason")),
    LIMITED: Family("Requests refused for coming too often, by the limit.", ("limit",)),
}


Gauges = Mapping[str, tuple[Family, Mapping[Series, float]]]


class Metrics:
    """The counts of this process, and those of all.

    :param folder: where the processes keep their files; None: nothing is counted.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._page: _Page | None = None

    @property
    def is_on(self) -> bool:
        return self._folder is not None

    def count(self, family: str, *labels: str) -> None:
        """Count one more of ``family``."""
        if self._folder is not None:
            with self._lock:
                self._own(self._folder).add((family, *labels))

    def count_request(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request that has been answered."""
        if self._folder is not None:
            with self._lock:
                self._own(self._folder).add_request(route, method, status, seconds)

    def _own(self, folder: Path) -> "_Page":
        # Made with the first count: workers are forked from a process that counts nothing.
        if self._page is None:
            self._page = _take_page(folder)
        return self._page

    def text(self, gauges: Gauges) -> str:
        """Everything in Prometheus' text format 0.0.4, ``gauges`` included: their names, and values by their labels."""
        totals: dict[Series, list[int]] = {}
        for path in sorted(self._folder.iterdir()) if self._folder is not None and self._folder.is_dir() else ():
            with suppress(OSError, ValueError):  # it is being made at this moment
                for series, values in _read(path):
                    known = totals.setdefault(series, [0] * len(values))
                    known[:] = [one + other for one, other in zip(known, values, strict=True)]
        lines: list[str] = []
        for name, family in FAMILIES.items():
            found = sorted((series[1:], values) for series, values in totals.items() if series[0] == name)
            lines += _head(name, family)
            for labels, values in found:
                lines += _histogram(name, family, labels, values) if family.kind == "histogram" else [
                    f"{name}{_labels(family.labels, labels)} {values[0]}"
                ]  # fmt: skip
        for name, (family, present) in gauges.items():
            lines += _head(name, family)
            lines += [f"{name}{_labels(family.labels, labels)} {value:g}" for labels, value in present.items()]
        return "\n".join(lines) + "\n"

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._page is not None:
                self._page.close()
                self._page = None


class _Page:
    """A file of one process: names as lines of JSON, each with its own numbers behind, in the same order."""

    def __init__(self, file: int) -> None:
        self._file = file
        os.ftruncate(file, len(_MAGIC) + _NAMES + 8 * _SLOTS)
        self._map = mmap.mmap(file, len(_MAGIC) + _NAMES + 8 * _SLOTS)
        if self._map[: len(_MAGIC)] != _MAGIC:
            self._map[:] = _MAGIC.ljust(len(self._map), b"\0")
        self._view = memoryview(self._map)
        self._values = self._view[len(_MAGIC) + _NAMES :].cast("Q")
        self._places: dict[Series, int] = {}
        self._requests: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._names_end, self._next = len(_MAGIC), 0
        for series, line in _names(self._map):
            self._places[series] = self._next
            self._next += _width(series)
            self._names_end += len(line) + 1

    def add(self, series: Series) -> None:
        self._values[self._place(series)] += 1

    def add_request(self, route: str, method: str, status: str, seconds: float) -> None:
        places = self._requests.get((route, method, status)) or self._request(route, method, status)
        number, times = places
        values = self._values
        values[number] += 1
        values[times + bisect_left(BOUNDS, seconds)] += 1
        values[times + _TIMES - 1] += int(seconds * 1e9)

    def _request(self, route: str, method: str, status: str) -> tuple[int, int]:
        shown, verb = route.rstrip("/") or "/", method if method in METHODS else "other"
        places = self._place((REQUESTS, shown, verb, status)), self._place((SECONDS, shown, verb))
        self._requests[route, method, status] = places
        return places

    def _place(self, series: Series) -> int:
        place = self._places.get(series)
        if place is not None:
            return place
        line = orjson.dumps(series) + b"\n"
        place, width = self._next, _width(series)
        # Two numbers at the end are for what finds no room, which is told to nobody.
        if place + width > _SLOTS - _TIMES or self._names_end + len(line) > len(_MAGIC) + _NAMES:
            return _SLOTS - _TIMES
        self._map[self._names_end : self._names_end + len(line)] = line
        self._names_end += len(line)
        self._next += width
        self._places[series] = place
        return place

    def close(self) -> None:
        self._values.release()
        self._view.release()
        self._map.close()
        os.close(self._file)


def _take_page(folder: Path) -> _Page:
    """The file of a process that is no more, or a new one. It stays locked for as long as this process lives."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_MOST_FILES):
        file = os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return _Page(file)
    raise OSError(f"{folder} has {_MOST_FILES} files in use")


def _read(path: Path) -> Iterator[tuple[Series, list[int]]]:
    content = path.read_bytes()
    values = memoryview(content)[len(_MAGIC) + _NAMES :].cast("Q")
    at = 0
    for series, _ in _names(content) if content.startswith(_MAGIC) else ():
        yield series, list(values[at : at + _width(series)])
        at += _width(series)


def _names(content: bytes | mmap.mmap) -> Iterator[tuple[Series, bytes]]:
    names = content[len(_MAGIC) : len(_MAGIC) + _NAMES]
    for line in names[: names.rfind(b"\n") + 1].splitlines():
        yield tuple(orjson.loads(line)), line


def _width(series: Series) -> int:
    return _TIMES if series[0] == SECONDS else 1


def _head(name: str, family: Family) -> list[str]:
    return [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]


def _histogram(name: str, family: Family, labels: Iterable[str], values: list[int]) -> Iterator[str]:
    names, labels = (*family.labels, "le"), tuple(labels)
    *counts, nanoseconds = values
    for bound, number in zip((*BOUNDS, "+Inf"), accumulate(counts), strict=True):
        yield f"{name}_bucket{_labels(names, (*labels, str(bound)))} {number}"
    yield f"{name}_sum{_labels(family.labels, labels)} {nanoseconds / 1e9}"
    yield f"{name}_count{_labels(family.labels, labels)} {sum(counts)}"


def _labels(names: Iterable[str], values: Iterable[str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
