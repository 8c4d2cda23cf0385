"""Writes the tally of calls down every few seconds, from a thread of each worker process."""

import logging
import threading

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..database import unit_of_work
from ..services import usage
from ..services.usage import Tally

INTERVAL = 10.0  # seconds

log = logging.getLogger("uaa.usage")


class TallyWriter:
    """A thread that the first count of a process starts.

    :param interval: seconds between two writings.
    """

    def __init__(self, app: Flask, tally: Tally, interval: float = INTERVAL) -> None:
        self._app, self._tally, self._interval = app, tally, interval
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        tally.on_first = self._start

    def _start(self) -> None:
        # Threads don't survive a fork: each worker starts its own with its first count.
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="tally writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self.write()

    def write(self) -> None:
        """Write down now what was counted; what can't be written is kept for the next time."""
        counts = self._tally.drain()
        if not counts:
            return
        with self._app.app_context():
            try:
                with unit_of_work():
                    usage.record(counts)
            except SQLAlchemyError as error:
                self._tally.give_back(counts)
                log.warning("the tally of calls is kept for later: %s", type(error).__name__)

    def close(self) -> None:
        """Write what is left, and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.write()
