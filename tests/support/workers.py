"""Job workers as processes of their own, which can be killed and frozen."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from .apps import KEY
from .processes import Leash, ended
from .programs import Program

START_PATIENCE = 30


class WorkerProcess:
    """``flask --app wsgi worker``. :param settings: variables without their prefix, as in ``job_hold=2``."""

    def __init__(self, instance_path: Path, **settings: Any) -> None:
        variables = {"instance_path": instance_path, "secret_key": KEY} | settings
        usual = {name: value for name, value in os.environ.items() if not name.startswith(("UAA_", "PYTEST"))}
        own = {f"UAA_{name.upper()}": str(value) for name, value in variables.items()}
        self._log = instance_path / f"worker-{time.monotonic_ns()}.log"
        self.process = Program(["flask", "--app", "wsgi", "worker"], usual | own, self._log)
        self._leash = Leash(f"kill -KILL {self.process.pid}")

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while "started with" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    def kill(self) -> None:
        """End it without warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._leash.let_go()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to end, and give its exit status."""
        status = ended(self.process, ask=lambda: self.process.send_signal(signal.SIGTERM))
        self._leash.let_go()
        return status
