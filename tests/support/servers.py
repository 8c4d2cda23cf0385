"""Real servers: gunicorn on a free port, with its log in a file."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import requests

from app.settings import ROOT

from .apps import KEY
from .processes import Leash, ended, free_port
from .programs import Program

START_PATIENCE = 30


class Server:
    """A live gunicorn.

    :param arguments: gunicorn's own, as on its command line.
    :param settings: variables without their prefix, as in ``refresh_grace=5``.
    """

    def __init__(self, instance_path: Path, *, arguments: Sequence[str] = (), **settings: object) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.instance_path, self._arguments = instance_path, arguments
        self.log_path = instance_path / "server.log"
        self.settings = {
            "instance_path": instance_path, "secret_key": KEY, "base_url": self.url, "workers": 2, "threads": 4,
            "rate_limit_login": "10000/minute", "rate_limit_token": "100000/minute", "embedded_worker": False,
        } | settings  # fmt: skip
        instance_path.mkdir(parents=True, exist_ok=True)
        self._process = Program(self._command(), self._environment(), self.log_path)
        self._leash = Leash(f"kill -TERM -{self._process.pid}")
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _command(self) -> list[str]:
        own = ["--bind", f"127.0.0.1:{self.port}", "--config", str(ROOT / "gunicorn.conf.py")]
        return ["gunicorn", *own, *self._arguments, "wsgi:app"]

    @property
    def environment(self) -> dict[str, str]:
        """Its settings as variables, for commands that work on the same instance."""
        return {f"UAA_{name.upper()}": str(value) for name, value in self.settings.items()} | {"PORT": str(self.port)}

    def _environment(self) -> dict[str, str]:
        usual = {name: value for name, value in os.environ.items() if not name.startswith(("UAA_", "GUNICORN_", "PYTEST"))}
        return usual | self.environment | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "default"}

    def _wait(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        with requests.Session() as session:
            session.trust_env = False
            while True:
                try:
                    if session.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                        return
                except requests.RequestException:
                    pass
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the server did not get ready:\n{self.log}")
                time.sleep(0.03)

    @property
    def log(self) -> str:
        """Everything that it has written so far."""
        return self.log_path.read_text()

    def press_ctrl_c(self, times: int = 1) -> int:
        """As in its terminal, where master and workers get the signal together. Its exit status."""

        def press() -> None:
            with suppress(ProcessLookupError):
                for _ in range(times):
                    os.killpg(self._process.pid, signal.SIGINT)

        status = ended(self._process, ask=press)
        self._leash.let_go()
        return status

    def terminate(self) -> None:
        """End it as a service manager does, with time for what is going on: SIGTERM for all of its processes."""
        ended(self._process, ask=lambda: os.killpg(self._process.pid, signal.SIGTERM))
        self._leash.let_go()

    def stop(self) -> None:
        """End it, master and workers."""
        ended(self._process, ask=lambda: self._process.send_signal(signal.SIGQUIT))
        self._leash.let_go()
