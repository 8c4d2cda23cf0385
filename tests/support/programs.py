"""The product's programs in processes that are forked from one in which all is imported.

Importing is nearly all that a start costs. What is forked is a process of its own to signals, files and databases.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import flask.cli
import gunicorn.arbiter
import gunicorn.workers.gthread  # noqa: F401  (what a server loads later)
import huey.consumer  # noqa: F401  (and what a worker does)
import psycopg  # noqa: F401
from gunicorn.app.wsgiapp import WSGIApplication

import app  # noqa: F401
from app.settings import ROOT

_forge = multiprocessing.get_context("forkserver")
_forge.set_forkserver_preload([__name__])


def _gunicorn() -> None:
    WSGIApplication().run()


PROGRAMS: dict[str, Callable[[], None]] = {"flask": flask.cli.main, "gunicorn": _gunicorn}


def _become(words: Sequence[str], environment: dict[str, str], output: Path, errors: Path) -> None:
    os.setsid()
    for number, path in ((1, output), (2, errors)):
        with open(path, "ab") as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    warnings.simplefilter("default")
    sys.argv = list(words)
    PROGRAMS[words[0]]()


class Program:
    """A running one, with the words of ``subprocess.Popen``; the leader of a process group.

    :param words: its command line; the first is one of ``PROGRAMS``.
    :param environment: all of it.
    :param output: where its output goes. :param errors: where its errors go; with the output when not given.
    """

    def __init__(
        self, words: Sequence[str], environment: dict[str, str], output: Path, errors: Path | None = None
    ) -> None:  # fmt: skip
        output.touch()
        self._process = _forge.Process(target=_become, args=(words, environment, output, errors or output), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit status, or None while it runs; negative: of the signal that ended it."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """:raises subprocess.TimeoutExpired: it runs on."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a program", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(words: Sequence[str], environment: dict[str, str], *, patience: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as ``subprocess.run`` does."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        program = Program(words, environment, output, errors)
        try:
            status = program.wait(patience)
        finally:
            program.kill()
        return subprocess.CompletedProcess(words, status, output.read_text(), errors.read_text())
