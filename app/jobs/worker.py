"""The job worker: does what stands in the database, woken by the queue and by its own clock."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..errors import AppError
from ..settings import Settings
from . import account_mailer, broadcaster, channels, importer
from .deliverer import AT_ONCE, Deliverer
from .queue import Queue

SWEEP = 2.0  # seconds
PATIENCE = 8  # seconds for what has begun, when told to stop; shorter than the 10 that containers are given

log = logging.getLogger("uaa.jobs")

# Does a part of what there is to do, and says how much that was.
Chore = Callable[[], int]
# Made for each worker, besides carrying deliveries away.
CHORES: tuple[Callable[[Flask], Chore], ...] = (broadcaster.make, account_mailer.make, importer.make)


class Worker:
    """All that a worker does, in whichever thread, inside the application's context."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        self._app, self._queue = app, app.extensions["queue"]
        # Set when the process is to end: what has begun is finished, nothing new is begun.
        self.stopping = threading.Event()
        self.deliverer = Deliverer(settings, channels.choose(settings), self.stopping)
        self._chores: Sequence[Chore] = (*(make(app) for make in CHORES), self.deliverer.work)

    def work(self) -> int:
        """Do all there is to do now; how much that was. Others are woken to help with what is more than a little."""
        total = 0
        while not self.stopping.is_set() and (done := sum(self._run(chore) for chore in self._chores)):
            total += done
            if done >= AT_ONCE:
                self._queue.wake()
        return total

    def sweep(self) -> None:
        """Look for what a dead process has left, and for what has become due."""
        self._run(self.deliverer.reclaim)
        self.work()

    def renew(self) -> None:
        """Say that this process lives."""
        self._run(self.deliverer.renew)

    def _run(self, chore: Chore) -> int:
        with self._app.app_context():
            try:
                return chore()
            except (SQLAlchemyError, AppError) as error:
                log.error("%s: %s: %s", getattr(chore, "__qualname__", chore), type(error).__name__, error)
            except Exception:
                log.exception("%s failed", getattr(chore, "__qualname__", chore))
        return 0


class Clock:
    """A thread that sweeps every few seconds, and one that says that the process lives."""

    def __init__(self, worker: Worker, *, hold: int) -> None:
        self._worker, self._hold = worker, hold
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._sweeper.start()
        self._heart.start()

    def join(self) -> None:
        """Wait until a sweep that has begun is over."""
        self._sweeper.join(PATIENCE)

    def _sweep(self) -> None:
        while not self._worker.stopping.wait(SWEEP):
            self._worker.sweep()

    def _beat(self) -> None:
        # Apart from the sweep, which may be busy sending for longer than the hold lasts; and until the very end.
        while True:
            time.sleep(self._hold / 3)
            self._worker.renew()


def run(app: Flask) -> None:
    """Work until told to stop."""
    settings: Settings = app.config["SETTINGS"]
    mine = Worker(app)
    queue: Queue = app.extensions["queue"]
    consumer = queue.answer_with(mine.work).create_consumer(
        workers=settings.job_threads, periodic=False, initial_delay=0.05, max_delay=0.5, graceful_signal="TERM",
        shutdown_timeout=PATIENCE,
    )  # fmt: skip
    mine.stopping = mine.deliverer.stopping = consumer.stop_flag
    clock = Clock(mine, hold=settings.job_hold)
    clock.start()
    log.info("worker started with %d threads", settings.job_threads)
    consumer.run()
    clock.join()
