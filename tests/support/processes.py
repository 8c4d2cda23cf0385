"""Processes that the tests start: on free ports, and never left behind, even when pytest is killed."""

import os
import random
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol


def free_port() -> int:
    """A port that nobody listens on; below those of outgoing connections, and different in each xdist worker."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in random.sample(range(20000 + worker % 20 * 500, 20500 + worker % 20 * 500), 500):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


class Leash:
    """Runs ``command`` (for ``sh``) when this process ends without having let go first."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(
            ["sh", "-c", f"read _ || {{ {command}; }}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def let_go(self) -> None:
        """Nothing is left to clean up."""
        if self._process.poll() is None:
            self._process.communicate(b"\n")


class Process(Protocol):
    """What ``subprocess.Popen`` and ``Program`` have in common."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


def ended(process: Process, *, ask: Callable[[], None], patience: float = 10) -> int:
    """Ask ``process`` to end, insist when it doesn't, and return its exit status."""
    if process.poll() is None:
        ask()
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
