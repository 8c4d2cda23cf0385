"""Where on earth an IP address is: a reader of MaxMind's database files (MMDB, version 2.0 of the format), such as GeoLite2
City or DB-IP City Lite, which the server's operator provides.

The file is mapped, not read: the workers share its pages, and a look-up touches some dozens of bytes.
"""

import mmap
import struct
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

from .settings import SettingsError

_MARKER = b"\xab\xcd\xefMaxMind.com"
_LARGEST_METADATA, _SEPARATOR = 128 * 1024, 16
_EXTENDED, _POINTER, _TEXT, _DOUBLE, _BYTES, _MAP, _INT32, _ARRAY, _FLAG, _FLOAT = 0, 1, 2, 3, 4, 7, 8, 11, 14, 15
_POINTER_BASES = (0, 2048, 526336, 0)
_SIZE_BASES = {29: (1, 29), 30: (2, 285), 31: (3, 65821)}
_DEEPEST = 20


@dataclass(frozen=True)
class Location:
    """What is known of where an address is; empty and None: nothing. The ids are those of GeoNames."""

    country_code: str = ""
    country_id: int | None = None
    region_name: str = ""
    region_id: int | None = None
    city_name: str = ""
    city_id: int | None = None


class Locations:
    """:raises SettingsError: ``path`` is no such file."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            start = self._map.rfind(_MARKER, max(0, len(self._map) - _LARGEST_METADATA))
            if start < 0:
                raise ValueError("it is no MaxMind database")
            self._data = start + len(_MARKER)
            metadata, _ = self._value(self._data, 0)
            self._nodes, self._bits = int(metadata["node_count"]), int(metadata["record_size"])
            self._is_6 = metadata["ip_version"] == 6
            if self._bits not in (24, 28, 32):
                raise ValueError(f"records of {self._bits} bits are not known")
            self._data = self._nodes * self._bits // 4 + _SEPARATOR
        except (OSError, ValueError, KeyError, IndexError, TypeError, struct.error) as error:
            raise SettingsError(f"UAA_LOCATIONS_FILE: {path} can't be read: {error}.") from error

    def find(self, text: str) -> Location | None:
        """Where the address ``text`` is; None when it is none, or nothing is known of it."""
        try:
            found = self._find(text.strip())
            return None if found is None else _read(found)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error):
            return None

    def _find(self, text: str) -> Any:
        address = ip_address(text)
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        bits = address.max_prefixlen
        if bits == 128 and not self._is_6:
            return None
        # A tree of both has IPv4 below 96 zeros.
        depth, number, node = 128 if self._is_6 else 32, int(address), 0
        for bit in range(depth - 1, -1, -1):
            node = self._record(node, number >> bit & 1 if bit < bits else 0)
            if node >= self._nodes:
                break
        if node <= self._nodes:
            return None
        return self._value(self._data + node - self._nodes - _SEPARATOR, 0)[0]

    def _record(self, node: int, side: int) -> int:
        size = self._bits // 4
        raw = self._map[node * size : node * size + size]
        if self._bits == 28:
            high = raw[3] >> 4 if side == 0 else raw[3] & 0x0F
            return high << 24 | int.from_bytes(raw[side * 4 : side * 4 + 3])
        half = size // 2
        return int.from_bytes(raw[side * half : side * half + half])

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value at a place of the file, and the place after it. :raises ValueError: the file is broken."""
        if depth > _DEEPEST:
            raise ValueError("its data is nested too deeply")
        control, at = self._map[at], at + 1
        kind, size = control >> 5, control & 0x1F
        if kind == _POINTER:
            return self._pointed_at(control, at, depth)
        if kind == _EXTENDED:
            kind, at = self._map[at] + 7, at + 1
        if size in _SIZE_BASES:
            length, base = _SIZE_BASES[size]
            size, at = base + int.from_bytes(self._map[at : at + length]), at + length
        if kind == _MAP:
            return self._members(at, size, depth)
        if kind == _ARRAY:
            items = []
            for _ in range(size):
                item, at = self._value(at, depth + 1)
                items.append(item)
            return items, at
        if kind == _FLAG:
            return bool(size), at
        return _scalar(kind, self._map[at : at + size]), at + size

    def _pointed_at(self, control: int, at: int, depth: int) -> tuple[Any, int]:
        kind = control >> 3 & 3
        length = kind + 1
        high = 0 if kind == 3 else (control & 7) << 8 * length
        place = high + int.from_bytes(self._map[at : at + length]) + _POINTER_BASES[kind]
        return self._value(self._data + place, depth + 1)[0], at + length

    def _members(self, at: int, size: int, depth: int) -> tuple[dict[str, Any], int]:
        members = {}
        for _ in range(size):
            name, at = self._value(at, depth + 1)
            members[name], at = self._value(at, depth + 1)
        return members, at


def _scalar(kind: int, raw: bytes) -> Any:
    if kind == _TEXT:
        return raw.decode()
    if kind == _DOUBLE:
        return struct.unpack(">d", raw)[0]
    if kind == _FLOAT:
        return struct.unpack(">f", raw)[0]
    if kind == _BYTES:
        return raw
    return int.from_bytes(raw, signed=kind == _INT32 and len(raw) == 4)


def _read(record: dict[str, Any]) -> Location:
    regions = record.get("subdivisions") or [{}]
    country, region, city = record.get("country") or {}, regions[0], record.get("city") or {}
    return Location(
        country.get("iso_code", ""), country.get("geoname_id"), _name(region), region.get("geoname_id"),
        _name(city), city.get("geoname_id"),
    )  # fmt: skip


def _name(place: dict[str, Any]) -> str:
    return str((place.get("names") or {}).get("en", ""))
