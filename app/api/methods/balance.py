"""1.3 Balance."""

from flask import current_app

from ...services import balance as rules
from ...services import reserves
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.balance import BalanceView


@GENERAL.get("1.3", "/v1/balance", returns=BalanceView)
def balance(caller: Caller) -> BalanceView:
    """What is left on the account: money, prepaid messages, and what is set aside for single senders."""
    left = rules.read(caller.organization_id, rules.tariff_of(current_app.config["SETTINGS"]))
    return BalanceView.describe(left, reserves.list_of(caller.organization_id))
