"""Rate limits: how often a credential, an account or an address may do something, exact across the workers."""

import time
from typing import NamedTuple, Protocol

from ..errors import TooManyRequests
from ..rates import Rate


class Counters(Protocol):
    """Counters shared by the processes that limit together; the storages of the library ``limits`` are such too."""

    def incr(self, key: str, expiry: int, amount: int = 1) -> int: ...
    def get(self, key: str) -> int: ...
    def clear(self, key: str) -> None: ...


class Window(NamedTuple):
    """What is left in the present window.

    :param resets_in: seconds until the next window opens.
    """

    limit: int
    remaining: int
    resets_in: int


class Exceeded(TooManyRequests):
    """:param limit: the name of the limit."""

    def __init__(self, window: Window, limit: str) -> None:
        super().__init__(window.resets_in)
        self.window, self.limit = window, limit


def take(counters: Counters, rate: Rate, *identifiers: str) -> Window:
    """Count one use by ``identifiers`` in the present window of ``rate``.

    :raises Exceeded: the window was used up already.
    """
    key, resets_in = _window(rate, identifiers)
    count = counters.incr(key, resets_in)
    window = Window(rate.amount, max(0, rate.amount - count), resets_in)
    if count > rate.amount:
        raise Exceeded(window, identifiers[0])
    return window


def check(counters: Counters, rate: Rate, *identifiers: str) -> None:
    """Count nothing, but refuse when the present window is used up.

    :raises Exceeded: it is.
    """
    key, resets_in = _window(rate, identifiers)
    if counters.get(key) >= rate.amount:
        raise Exceeded(Window(rate.amount, 0, resets_in), identifiers[0])


def give_back(counters: Counters, rate: Rate, *identifiers: str) -> None:
    """Take back one use that was counted and then turned out to be none."""
    counters.incr(*_window(rate, identifiers), -1)


def forget(counters: Counters, rate: Rate, *identifiers: str) -> None:
    """Give ``identifiers`` the whole present window back."""
    counters.clear(_window(rate, identifiers)[0])


def _window(rate: Rate, identifiers: tuple[str, ...]) -> tuple[str, int]:
    length = rate.seconds
    at = int(time.time())
    start = at - at % length
    return f"{start}/{rate.amount}/{length}/{'/'.join(identifiers)}", max(1, start + length - at)
