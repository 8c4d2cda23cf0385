"""``balance``: money and prepaid messages of an organization."""

from decimal import Decimal, InvalidOperation
from typing import Any

import click
from flask import current_app

from ..database import unit_of_work
from ..models import Balance, ChannelType
from ..models.balance import MILLION
from ..services import balance as rules
from ..services import organizations, reserves
from .json_commands import JsonGroup

balance = JsonGroup("balance", help="Money and prepaid messages of an organization.")
organization_option = click.option("--organization", required=True, metavar="NAME")


class Amount(click.ParamType[Decimal]):
    """A decimal number."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            return Decimal(value)
        except InvalidOperation:
            self.fail(f"'{value}' is not an amount.", param, ctx)


@balance.command("top-up")
@organization_option
@click.option("--amount", type=Amount(), default="0", help="Money, such as 12.50; negative to correct a mistake.")
@click.option("--emails", type=int, default=0, help="Prepaid emails.")
@click.option("--smses", type=int, default=0, help="Prepaid SMS.")
@click.option("--credit-limit", type=Amount(), help="How far below zero the money may go from now on.")
def top_up(
    organization: str, amount: Decimal, emails: int, smses: int, credit_limit: Decimal | None
) -> dict[str, Any]:  # fmt: skip
    """Add money or prepaid messages, and show what there is then."""
    tariff = rules.tariff_of(current_app.config["SETTINGS"])
    with unit_of_work():
        organization_id = organizations.get_by_name(organization).id
        left = rules.top_up(organization_id, amount, tariff, emails=emails, smses=smses)
        if credit_limit is not None:
            rules.set_credit_limit(organization_id, credit_limit, tariff)
        return _shown(left)


@balance.command("reserve")
@organization_option
@click.option("--channel", type=click.Choice([kind.value for kind in ChannelType]), default="viber", show_default=True)
@click.option("--sender", required=True, help="Email address or alpha name of a confirmed sender.")
@click.option("--amount", type=Amount(), required=True, help="Money, such as 40; negative to move it back.")
def reserve(organization: str, channel: str, sender: str, amount: Decimal) -> dict[str, Any]:
    """Set money of the balance aside for the messages of one sender, which use it first."""
    tariff = rules.tariff_of(current_app.config["SETTINGS"])
    with unit_of_work():
        organization_id = organizations.get_by_name(organization).id
        kept = reserves.move(organization_id, ChannelType(channel), sender, amount, tariff)
        left = _shown(rules.read(organization_id, tariff))
    return {"sender": kept.name, "channel": kept.channel, "reserved": kept.left / MILLION} | left


@balance.command("show")
@organization_option
def show(organization: str) -> dict[str, Any]:
    """Show what is left."""
    tariff = rules.tariff_of(current_app.config["SETTINGS"])
    return _shown(rules.read(organizations.get_by_name(organization).id, tariff))


def _shown(left: Balance) -> dict[str, Any]:
    return {
        "balance": left.money / MILLION, "credit_limit": left.credit_limit / MILLION, "currency": left.currency,
        "bonus_emails": left.bonus_emails, "bonus_smses": left.bonus_smses,
    }  # fmt: skip
