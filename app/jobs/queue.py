"""The queue only wakes the worker; what there is to do stands in the database. Losing the queue loses nothing."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..settings import Settings

if TYPE_CHECKING:
    from huey import Huey

NAME = "uaa"
_ENOUGH_WAITING = 64

log = logging.getLogger("uaa.jobs")


class Queue:
    """Opened at the first use in a process: connections don't survive a fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._huey: Huey | None = None
        self._task: Any = None
        self._work: Callable[[], object] = lambda: None

    @property
    def huey(self) -> "Huey":
        with self._lock:
            if self._huey is None:
                self._huey = self._open()
                self._task = self._huey.task(name="wake")(self._woken)
            return self._huey

    def _open(self) -> "Huey":
        # Here, because it brings along psycopg and redis, and many a server never wakes anybody.
        from huey import RedisHuey, SqliteHuey

        if self._settings.redis_url:
            return RedisHuey(NAME, url=self._settings.redis_url, results=False)
        self._settings.instance_path.mkdir(parents=True, exist_ok=True)
        # Without fsync: what is lost in a power cut is found again by the sweep.
        return SqliteHuey(NAME, filename=str(self._settings.instance_path / "queue.db"), results=False, fsync=False)

    def wake(self) -> None:
        """Let the worker look what there is to do, now. When that fails, it looks by itself a little later."""
        try:
            if self.huey.pending_count() < _ENOUGH_WAITING:
                self._task()
        except sqlite3.Error as error:
            # A full disk, a locked file.
            log.warning("the worker was not woken: %s", error)
        except Exception as error:
            log.warning("the worker was not woken: %s", type(error).__name__)

    def answer_with(self, work: Callable[[], object]) -> "Huey":
        """The queue for a worker, which does ``work`` when it is woken."""
        self._work = work
        return self.huey

    def _woken(self) -> None:
        self._work()
