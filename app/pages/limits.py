"""How often somebody may call, as it is shown to people."""

from typing import Any

from flask import current_app
from flask_babel import format_decimal

from ..models import LimitClass
from ..rates import Rate
from ..services import own_limits
from ..services.own_limits import Holder
from ..words import N_, Sentence, counted, sentence

LABELS = {
    LimitClass.GENERAL: N_("Calls"),
    LimitClass.IMPORT: N_("Imports"),
    LimitClass.SEND: N_("Campaigns sent"),
    LimitClass.TOKEN: N_("Token requests"),
}


def shown(*holders: Holder, of_tokens: bool) -> list[dict[str, Any]]:
    """The limits in force for ``holders``, the nearest first. :param of_tokens: that of the token endpoint, too."""
    usual = own_limits.usual(current_app.config["SETTINGS"])
    return [
        {"label": LABELS[one.limit], "how_often": how_often(one.rate), "is_own": one.is_own}
        for one in own_limits.in_force(usual, *holders)
        if of_tokens or one.limit is not LimitClass.TOKEN
    ]


_EVERY = {
    "second": N_("%(amount)s per second"),
    "minute": N_("%(amount)s per minute"),
    "hour": N_("%(amount)s per hour"),
    "day": N_("%(amount)s per day"),
    "month": N_("%(amount)s per month"),
    "year": N_("%(amount)s per year"),
}


def how_often(rate: Rate) -> Sentence:
    """A limit such as "600 per minute"."""
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
