"""Loads the files of imports and works imports off, in threads of their own: they take minutes, and others need not wait."""

import logging
import threading
import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import OperationalError

from ..database import unit_of_work
from ..downloads import Downloads
from ..extensions import db
from ..outbound import OutboundError
from ..services import import_loading, import_steps
from ..services.import_loading import Claim, FileRefused, HoldLost
from ..services.import_steps import ChunkFailed

log = logging.getLogger("uaa.imports")


class Importer:
    """One of a worker process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._downloads: Downloads = app.extensions["downloads"]
        self._name, self._hold = str(uuid.uuid4()), app.config["SETTINGS"].job_hold
        # Two that work off: one checks rows while the other waits for the database. SQLite has one writer anyhow.
        with app.app_context():
            workers = 1 if db.engine.dialect.name == "sqlite" else 2
        self._threads = [_Thread(app, self._load), *(_Thread(app, self._work_off) for _ in range(workers))]

    def nudge(self) -> int:
        """Let the threads look what there is to do. A chore of the worker, which need not wait: nothing is left for it."""
        if import_steps.is_anything_to_do():
            with unit_of_work():
                import_loading.renew(self._name, hold=self._hold)
            for thread in self._threads:
                thread.nudge()
        return 0

    def run(self) -> None:
        """Do all there is to do now, and come back when it is done."""
        for thread in self._threads:
            thread.run()

    def _work_off(self) -> int:
        try:
            with unit_of_work():
                return import_steps.carry_on()
        except ChunkFailed as error:
            log.exception("%s", error)
            with unit_of_work():
                import_steps.note_failure(error.import_id)
            return 1

    def _load(self) -> int:
        with unit_of_work():
            claim = import_loading.claim(self._name, hold=self._hold)
        if claim is None:
            return 0
        try:
            self._fetch(claim)
        except HoldLost:
            log.warning("import %s is loaded by another worker", claim.import_id)
        self._app.extensions["queue"].wake()
        return 1

    def _fetch(self, claim: Claim) -> None:
        size, timeout = import_loading.LARGEST_FILE, import_loading.LONGEST_LOAD
        try:
            with self._downloads.open(claim.link, limit_bytes=size, timeout=timeout) as file:
                import_loading.load(claim, file, unit_of_work)
        except (OutboundError, FileRefused) as error:
            with unit_of_work():
                import_loading.fail(claim, str(error))


class _Thread:
    """Repeats a step until it finds nothing to do; one at a time."""

    def __init__(self, app: Flask, step: Callable[[], int]) -> None:
        self._app, self._step, self._turn = app, step, threading.Lock()

    def nudge(self) -> None:
        if not self._turn.locked():
            threading.Thread(target=self.run, name=f"import {self._step.__name__}", daemon=True).start()

    def run(self) -> None:
        if not self._turn.acquire(blocking=False):
            return
        try:
            with self._app.app_context():
                while self._step():
                    pass
        except OperationalError as error:
            log.warning("an import goes on a little later: %s", type(error.orig).__name__)
        except Exception:
            log.exception("an import failed")
        finally:
            self._turn.release()


def make(app: Flask) -> Callable[[], int]:
    """The chore of a worker."""
    return Importer(app).nudge
