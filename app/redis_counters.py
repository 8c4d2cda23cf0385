"""Counters that several machines share, in Redis; without it each process counts by itself until it is back."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from limits.storage import MemoryStorage, RedisStorage
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

Result = TypeVar("Result")

# Seconds. Every call of the API waits for Redis, and while it is gone one call in a while finds out whether it still is.
_PATIENCE, _PAUSE = 0.5, 1.0

log = logging.getLogger("uaa.limits")


class RedisCounters:
    """Counts by key until a key's window ends. Limits that are too generous for a while are better than no answers.

    :param url: of the Redis server.
    """

    def __init__(self, url: str) -> None:
        pool = ConnectionPool.from_url(
            url.replace("redis+unix", "unix"), socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE,
            # Once more at once: a connection that was idle may have been closed.
            retry=Retry(NoBackoff(), 1),
        )  # fmt: skip
        self._shared = RedisStorage(url, connection_pool=pool)
        self._own = MemoryStorage()
        self._is_gone, self._ask_again_at = False, 0.0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add ``amount`` to the count of ``key`` and return the new count.

        :param expiry: seconds after which a new count is forgotten.
        """
        return self._try(
            lambda: self._shared.incr(key, expiry, amount=amount), lambda: self._own.incr(key, expiry, amount=amount)
        )

    def get(self, key: str) -> int:
        """The present count of ``key``."""
        return self._try(lambda: self._shared.get(key), lambda: self._own.get(key))

    def clear(self, key: str) -> None:
        """Forget the count of ``key``."""
        self._own.clear(key)
        self._try(lambda: self._shared.clear(key), lambda: None)

    def problem(self) -> str | None:
        """What does not work as it should, in words."""
        self._ask_again_at = 0.0
        self.get("anything")
        return "Redis can't be reached: rate limits count per process until it is back." if self._is_gone else None

    def _try(self, together: Callable[[], Result], alone: Callable[[], Result]) -> Result:
        if self._is_gone and time.monotonic() < self._ask_again_at:
            return alone()
        # The others of this process don't wait with the one that asks.
        self._ask_again_at = time.monotonic() + _PAUSE
        try:
            result = together()
        except (RedisError, OSError) as error:
            if not self._is_gone:
                log.error("Redis can't be reached (%s): rate limits count per process", type(error).__name__)
            self._is_gone = True
            return alone()
        if self._is_gone:
            log.warning("Redis is back: rate limits count together again")
        self._is_gone = False
        return result
