"""Sentences of the OpenAPI document, and figures, as they are shown on a page."""

from markupsafe import Markup, escape

from ... import spans
from ...languages import say
from ...rates import Rate


def ticks(text: str) -> Markup:
    """``text`` with what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts))


def duration(seconds: int) -> str:
    """``seconds`` in the largest unit that divides them, in the reader's language."""
    return say(spans.duration(seconds))


def rate(limit: Rate) -> str:
    """A limit such as "600 per minute", in the reader's language."""
    return say(spans.how_often(limit))
