"""How often somebody may call, as it is shown to people."""

from typing import Any

from flask import current_app

from ..models import LimitClass
from ..services import own_limits
from ..services.own_limits import Holder
from ..spans import how_often
from ..words import N_

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
