"""Waiting for what other processes do."""

import time
from collections.abc import Callable

PATIENCE = 60


def until(condition: Callable[[], bool], why: str) -> None:
    """Wait until ``condition`` holds. :raises AssertionError: it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)
