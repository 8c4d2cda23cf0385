"""Counters that the worker processes of one machine share: a small hash table in a memory-mapped file.

One increment costs a few microseconds and is exact across processes, so that rate limits need no server of their
own on a single machine. The file is only a cache: losing it forgets the counts of the present windows.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .settings import Settings, SettingsError

if TYPE_CHECKING:
    from .redis_counters import RedisCounters

_BUCKETS, _ENTRIES = 8192, 8
_ENTRY = struct.Struct("<16sII")  # digest of the key, end of its window (Unix time), count
_BUCKET = struct.Struct("<" + "16sII" * _ENTRIES)


class SharedCounters:
    """Counts by key until a key's window ends.

    :param path: the file that the processes share; made when missing.
    :raises OSError: when it can't be made.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, _BUCKETS * _BUCKET.size)
        self._map = mmap.mmap(self._file, _BUCKETS * _BUCKET.size)
        self._threads = threading.Lock()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add ``amount`` to the count of ``key`` and return the new count, which is never less than 0.

        :param expiry: seconds after which a new count is forgotten. A bucket full of running windows gives up the
            one that would end first.
        """
        offset, digest = self._place(key)
        now = int(time.time())
        with self._threads:
            # POSIX record locks belong to a process and to a byte range: buckets don't wait for each other.
            fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET.size, offset)
            try:
                return self._add(offset, digest, now, now + expiry, amount)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET.size, offset)

    @staticmethod
    def _place(key: str) -> tuple[int, bytes]:
        """Where the bucket of ``key`` is, and by which digest the key is found there."""
        digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
        return int.from_bytes(digest[:4], "little") % _BUCKETS * _BUCKET.size, digest

    def _add(self, offset: int, digest: bytes, now: int, ends: int, amount: int) -> int:
        at = self._find(offset, digest)
        if at < 0 and amount < 0:
            return 0
        if at < 0:
            ends_of = _BUCKET.unpack_from(self._map, offset)[1::3]
            at = offset + ends_of.index(min(ends_of)) * _ENTRY.size
        else:
            _, present_end, count = _ENTRY.unpack_from(self._map, at)
            if present_end > now:
                ends, amount = present_end, min(max(count + amount, 0), 2**32 - 1)
        _ENTRY.pack_into(self._map, at, digest, ends, max(amount, 0))
        return max(amount, 0)

    def _find(self, offset: int, digest: bytes) -> int:
        """Where the entry of ``digest`` is; -1 when there is none."""
        return self._map.find(digest, offset, offset + _BUCKET.size)

    def get(self, key: str) -> int:
        """The present count of ``key``."""
        offset, digest = self._place(key)
        # Without the lock: what is being written at this moment counts as not written yet.
        at = self._find(offset, digest)
        if at < 0:
            return 0
        _, ends, count = _ENTRY.unpack_from(self._map, at)
        return count if ends > time.time() else 0

    def problem(self) -> str | None:
        """What does not work as it should: nothing that could be told."""
        return None

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._file)

    def clear(self, key: str) -> None:
        """Forget the count of ``key``."""
        offset, digest = self._place(key)
        with self._threads:
            # Another process may be putting another key's count into the same entry.
            fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET.size, offset)
            try:
                if (at := self._find(offset, digest)) >= 0:
                    _ENTRY.pack_into(self._map, at, bytes(16), 0, 0)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET.size, offset)


def open_counters(settings: Settings) -> "SharedCounters | RedisCounters":
    """Counters for this machine or, with ``UAA_REDIS_URL``, for several.

    :raises SettingsError: the instance folder can't be written to.
    """
    if settings.redis_url:
        from .redis_counters import RedisCounters  # one machine alone does without what speaks to Redis

        return RedisCounters(settings.redis_url)
    try:
        return SharedCounters(settings.instance_path / "counters")
    except OSError as error:
        raise SettingsError(f"UAA_INSTANCE_PATH: can't write to {settings.instance_path}: {error.strerror}.") from error
