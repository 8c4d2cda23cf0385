"""Counters that the worker processes of one machine share: a small hash table in a memory-mapped file.

One increment costs a few microseconds and is exact across processes, so that rate limits need no server of their
own on a single machine. The file is only a cache: losing it forgets the counts of the present windows.
"""

import ctypes
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

_UNLOCK, _TRY_LOCK = 0, 2  # F_ULOCK and F_TLOCK of POSIX's lockf()
_lockf = ctypes.PyDLL(None).lockf
_lockf.argtypes = ctypes.c_int, ctypes.c_int, ctypes.c_long


class _Alone:
    """A lock on ``file`` among threads and processes. The kernel ends that of a process that dies.

    It is taken and let go without giving up the interpreter, for which a busy process' threads would queue up twice, each
    holding this lock meanwhile: that cost more than all counting.
    """

    def __init__(self, file: int) -> None:
        self._file, self._threads = file, threading.Lock()

    def __enter__(self) -> None:
        self._threads.acquire()
        if _lockf(self._file, _TRY_LOCK, 0) != 0:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            except BaseException:
                self._threads.release()
                raise

    def __exit__(self, *_: object) -> None:
        _lockf(self._file, _UNLOCK, 0)
        self._threads.release()


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
        self._alone = _Alone(self._file)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add ``amount`` to the count of ``key`` and return the new count, which is never less than 0.

        :param expiry: seconds after which a new count is forgotten. A bucket full of running windows gives up the
            one that would end first.
        """
        offset, digest = self._place(key)
        now = int(time.time())
        with self._alone:
            return self._add(offset, digest, now, now + expiry, amount)

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
        # Another process may be putting another key's count into the same entry.
        with self._alone:
            if (at := self._find(offset, digest)) >= 0:
                _ENTRY.pack_into(self._map, at, bytes(16), 0, 0)


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
