"""Spans of time and rate limits, as people say them."""

from flask_babel import format_decimal

from .rates import Rate
from .words import N_, Sentence, counted, sentence

_EVERY = {
    "second": N_("%(amount)s per second"),
    "minute": N_("%(amount)s per minute"),
    "hour": N_("%(amount)s per hour"),
    "day": N_("%(amount)s per day"),
    "month": N_("%(amount)s per month"),
    "year": N_("%(amount)s per year"),
}


def how_often(rate: Rate) -> Sentence:
    """A rate limit such as "600 per minute"."""
    unit, number, amount = rate.unit, rate.number, format_decimal(rate.amount)
    if number == 1:
        return sentence(_EVERY[unit], amount=amount)
    match unit:
        case "second":
            return counted("%(amount)s in %(number)s second", "%(amount)s in %(number)s seconds", number, amount=amount)
        case "minute":
            return counted("%(amount)s in %(number)s minute", "%(amount)s in %(number)s minutes", number, amount=amount)
        case "hour":
            return counted("%(amount)s in %(number)s hour", "%(amount)s in %(number)s hours", number, amount=amount)
        case "day":
            return counted("%(amount)s in %(number)s day", "%(amount)s in %(number)s days", number, amount=amount)
        case "month":
            return counted("%(amount)s in %(number)s month", "%(amount)s in %(number)s months", number, amount=amount)
        case _:
            return counted("%(amount)s in %(number)s year", "%(amount)s in %(number)s years", number, amount=amount)


def duration(seconds: int) -> Sentence:
    """``seconds`` in the largest unit that divides them, up to days."""
    number = seconds
    if seconds and seconds % 86400 == 0:
        number = seconds // 86400
        return counted("%(shown)s day", "%(shown)s days", number, shown=format_decimal(number))
    if seconds and seconds % 3600 == 0:
        number = seconds // 3600
        return counted("%(shown)s hour", "%(shown)s hours", number, shown=format_decimal(number))
    if seconds and seconds % 60 == 0:
        number = seconds // 60
        return counted("%(shown)s minute", "%(shown)s minutes", number, shown=format_decimal(number))
    return counted("%(shown)s second", "%(shown)s seconds", number, shown=format_decimal(number))
