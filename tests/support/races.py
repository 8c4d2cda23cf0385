"""Several threads doing the same at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def together(*actions: Callable[[], Result]) -> list[Result]:
    """What each of ``actions`` gives, when all begin at once."""
    barrier = threading.Barrier(len(actions))

    def begin(action: Callable[[], Result]) -> Result:
        barrier.wait(30)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(begin, actions))
