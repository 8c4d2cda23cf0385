"""Keeps a command running beside the process that started this one: ``python -I keeper.py COMMAND...``.

Run by its path, without the application and its memory. Starts the command again when it ends, later each time it
ends soon, and ends with its parent.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from types import FrameType

LOOK = 0.5  # seconds
SOON, LONGEST_PAUSE = 10, 30
PATIENCE = 10
_PR_SET_PDEATHSIG = 1  # Linux: <sys/prctl.h>


class Stop(Exception):
    """Told to end."""


def main(command: list[str]) -> None:
    parent, pause = os.getppid(), 0.5
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    child: subprocess.Popen[bytes] | None = None
    try:
        while True:
            started = time.monotonic()
            # What our own server says; single-threaded, as the hook asks.
            child = subprocess.Popen(command, preexec_fn=partial(_end_with_keeper, os.getpid()))  # noqa: S603
            while child.poll() is None:
                _look(parent, LOOK)
            pause = min(LONGEST_PAUSE, pause * 2) if time.monotonic() - started < SOON else 0.5
            _look(parent, pause)
    except Stop:
        if child is not None:
            _end(child)


def _look(parent: int, seconds: float) -> None:
    """Wait, and see whether the parent is still there."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, LOOK))
        if os.getppid() != parent:
            raise Stop


def _end(child: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


def _end_with_keeper(keeper: int) -> None:
    """Let the kernel end the child when the keeper is killed and can't."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != keeper:  # which was killed before
        os._exit(1)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


if __name__ == "__main__":
    main(sys.argv[1:])
