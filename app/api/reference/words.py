"""Sentences of the OpenAPI document as they are shown on a page."""

from markupsafe import Markup, escape

from ...rates import Rate


def ticks(text: str) -> Markup:
    """``text`` with what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts))


def duration(seconds: int) -> str:
    """``seconds`` in the largest unit that divides them."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds and seconds % size == 0:
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")


def rate(limit: Rate) -> str:
    """A limit such as "600 calls per minute"."""
    return f"{limit.amount:,} calls per {limit.unit if limit.number == 1 else _counted(limit.number, limit.unit)}"


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"
