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

# So that one slow server doesn't keep all others waiting; as many as ``Downloads`` lets a process have.
_LOADERS = 2

log = logging.getLogger("uaa.imports")


class Importer:
    """One of a worker process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._downloads: Downloads = app.extensions["downloads"]
        self._hold: int = app.config["SETTINGS"].job_hold
        self._loading: set[str] = set()
        # Two that work off: one checks rows while the other waits for the database. SQLite has one writer anyhow.
        with app.app_context():
            workers = 1 if db.engine.dialect.name == "sqlite" else 2
        loaders = [_Thread(app, self._load) for _ in range(_LOADERS)]
        self._threads = [*loaders, *(_Thread(app, self._work_off) for _ in range(workers))]

    def nudge(self) -> int:
        """Let the threads look what there is to do. A chore of the worker, which need not wait: nothing is left for it."""
        if import_steps.is_anything_to_do():
            if loading := list(self._loading):
                with unit_of_work():
                    import_loading.renew(loading, hold=self._hold)
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
        holder = str(uuid.uuid4())
        with unit_of_work():
            claim = import_loading.claim(holder, hold=self._hold)
        if claim is None:
            return 0
        self._loading.add(holder)
        try:
            self._fetch(claim)
        except HoldLost:
            log.warning("import %s is loaded by another worker", claim.import_id)
        finally:
            self._loading.discard(holder)
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
