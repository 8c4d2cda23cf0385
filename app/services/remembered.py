"""What takes long to find and is soon asked for again, remembered for a minute in the memory of this process.

Whoever reads a list of a million rows asks for it page by page, and a page far behind costs as much as all before it.
The ids of the whole list, in its order, take eight bytes each: with them every page is found at once.
"""

import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Select, func, literal, select

FOR = 60.0  # seconds
# Below, a list is read anew each time: that takes a few milliseconds, and sees what was changed just now.
LONG = 10_000
ROOM = 3_000_000  # ids altogether, in 24 MB; longer lists are not remembered


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    size: int = 0
    until: float = 0.0


class _Memory:
    """What is remembered of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
        # Whoever asks for the same at this moment waits and gets it too.
        with entry.lock:
            if entry.until < time.monotonic():
                entry.value = make()
                entry.size, entry.until = size(entry.value), time.monotonic() + FOR
            value = entry.value
        self._make_room()
        return value

    def _make_room(self) -> None:
        at = time.monotonic()
        with self._lock:
            for key in [key for key, entry in self._entries.items() if entry.until < at and not entry.lock.locked()]:
                del self._entries[key]
            while self._entries and sum(entry.size for entry in self._entries.values()) > ROOM:
                self._entries.popitem(last=False)


_memories: WeakKeyDictionary[Engine, _Memory] = WeakKeyDictionary()


def value(connection: Connection, key: Hashable, make: Callable[[], Any]) -> Any:
    """What ``make`` finds, which may be a minute old."""
    return _memory(connection).get(key, make, lambda _: 1)


def ids(connection: Connection, key: Hashable, query: Select[int]) -> "array[int]":
    """All ids that ``query`` finds, in its order; they may be a minute old."""
    return _memory(connection).get(key, lambda: _read(connection, query), len)  # type: ignore[no-any-return]


def _memory(connection: Connection) -> _Memory:
    return _memories.setdefault(connection.engine, _Memory())


def _read(connection: Connection, query: Select[int]) -> "array[int]":
    if connection.dialect.name != "postgresql":
        return array("q", connection.scalars(query))
    # As one value: a million rows of their own would take this process a second.
    found = query.subquery()
    numbers = func.string_agg(func.int8send(found.c[0]), literal(b""))
    read = array("q", connection.scalar(select(numbers)) or b"")
    read.byteswap()
    return read
