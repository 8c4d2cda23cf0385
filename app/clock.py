"""The one clock of the product, in UTC."""

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The present instant, with its zone."""
    return datetime.now(UTC) + _offset


def advance(*, seconds: float) -> None:
    """Move this process's clock on. For tests; nothing in the product calls it."""
    global _offset
    _offset += timedelta(seconds=seconds)


def reset() -> None:
    """Back to the real time."""
    global _offset
    _offset = timedelta()
