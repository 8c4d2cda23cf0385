"""1.3 Balance."""

from flask import current_app

from ...services import balance as rules
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.balance import BalanceView


@GENERAL.get("1.3", "/v1/balance", returns=BalanceView)
def balance(caller: Caller) -> BalanceView:
    """What is left on the account: money and prepaid messages."""
    return BalanceView.describe(rules.read(caller.organization_id, rules.tariff_of(current_app.config["SETTINGS"])))
