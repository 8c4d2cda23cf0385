"""The servers under load: gunicorn on a free loopback port, and what its processes use."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
WORKERS, THREADS = 2, 4
START_TIMEOUT = 60


@dataclass(frozen=True)
class Server:
    """A running server. :param seconds_to_start: from the command to the first answer."""

    process: psutil.Process
    address: str
    seconds_to_start: float
    log: Path

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process)

    def complaints(self) -> str:
        """The last lines of its log that tell of more than a request."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if " INFO uaa.access " not in line]
        return "\n".join(lines[-30:])

    def worker_mebibytes(self) -> tuple[float, float]:
        """Resident memory of the largest worker, and how much of that it shares with no other process."""
        largest = max((worker.memory_full_info() for worker in self.process.children()), key=lambda memory: memory.rss)
        return largest.rss / 2**20, largest.uss / 2**20


def cpu_seconds(root: psutil.Process) -> float:
    """What ``root`` and its living children have used so far."""
    used = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system
    return used


@contextmanager
def gunicorn(
    application: str, *, configuration: str, environment: dict[str, str], folder: Path, path: str
) -> Iterator[Server]:
    """Run ``application`` while the context lasts.

    :param configuration: gunicorn's, a file of the repository. :param folder: where its log goes.
    :param path: answered with 200 once the server is ready.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, log = _free_port(), folder / "gunicorn.log"
    command = [
        sys.executable, "-m", "gunicorn", "--config", str(ROOT / configuration), "--bind", f"127.0.0.1:{port}", application,
    ]  # fmt: skip
    # Only what the server needs: nothing of the caller's own settings gets in.
    environment = {
        "PATH": os.environ["PATH"], "PORT": str(port), "PYTHONPATH": str(ROOT), "UAA_WORKERS": str(WORKERS),
        "UAA_THREADS": str(THREADS), **environment,
    }  # fmt: skip
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(process, address + path, log)
        yield Server(psutil.Process(process.pid), address, time.perf_counter() - started, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.01)
    raise SystemExit(f"{' '.join(process.args)} did not start:\n{log.read_text()}")  # type: ignore[arg-type]
