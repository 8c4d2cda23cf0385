"""Reads the limits that apps and organizations have of their own every second, in a thread of each process."""

import logging
import threading

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..services import own_limits
from ..services.own_limits import OwnLimits

INTERVAL = 1.0  # seconds

log = logging.getLogger("uaa.limits")


class LimitsReader:
    """A thread that the first question of a process starts; that question waits for the first reading.

    :param interval: seconds between two readings.
    """

    def __init__(self, app: Flask, limits: OwnLimits, interval: float = INTERVAL) -> None:
        self._app, self._limits, self._interval = app, limits, interval
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        limits.on_first = self._start

    def _start(self) -> None:
        # Threads don't survive a fork: each worker starts its own.
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self.read()
                self._thread = threading.Thread(target=self._run, name="limits reader", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self.read()

    def read(self) -> None:
        """Read them now; what can't be read stays as it was."""
        with self._app.app_context():
            try:
                self._limits.know(own_limits.read())
            except SQLAlchemyError as error:
                log.warning("the limits of apps and organizations could not be read: %s", type(error).__name__)

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
