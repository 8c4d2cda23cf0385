"""Load from wrk: 16 keep-alive connections, a Lua script that makes the requests, and the figures that it returns."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS, THREADS = 16, 2
SCRIPTS = Path(__file__).parent / "scripts"


class Failed(Exception):
    """The run's figures would lie."""


@dataclass(frozen=True)
class Figures:
    """Of one run. :param rate: requests a second. :param p50: milliseconds."""

    requests: int
    rate: float
    p50: float
    p99: float


def run(url: str, *, script: str, seconds: int, supplies: Path | None = None) -> Figures:
    """Send requests to ``url`` for ``seconds``.

    :param supplies: a file of lines, of which the script makes its requests.
    :raises Failed: an answer was not a success, a connection failed, or the supplies ran out.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    command = [
        "wrk", "--threads", str(THREADS), "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
        "--timeout", "10s", "--script", script, url, "--", str(THREADS), *([str(supplies)] if supplies else []),
    ]  # fmt: skip
    output = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, timeout=seconds + 120, check=False)
    line = next((line for line in output.stdout.splitlines() if line.startswith("figures ")), None)
    if output.returncode or line is None:
        raise Failed(f"wrk failed on {url}:\n{output.stdout}{output.stderr}")
    found = json.loads(line.removeprefix("figures "))
    if found["failed"] or found["trouble"] or not found["requests"]:
        raise Failed(f"{url} did not answer every request with success: {found}\n{output.stdout}{output.stderr}")
    return Figures(found["requests"], found["requests"] / found["seconds"], found["p50"], found["p99"])
