"""The balance: prepaid messages are used first, then money as far as it and the credit limit reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import Table

from ..database import changed, table_of, upsert
from ..errors import Invalid
from ..extensions import db
from ..models import Balance, BalanceEntry, ChannelType, EntryKind
from ..models.balance import MILLION
from ..settings import Settings

_balance: Table = table_of(Balance)
_LARGEST = Decimal(10**9)
_BONUS = {ChannelType.EMAIL: "bonus_emails", ChannelType.SMS: "bonus_smses"}


@dataclass(frozen=True)
class Tariff:
    """What sending costs, in millionths, and what a new organization begins with."""

    currency: str
    prices: Mapping[ChannelType, int]
    bonus_emails: int
    bonus_smses: int

    def price(self, channel: ChannelType) -> int:
        return self.prices.get(channel, 0)


def tariff_of(settings: Settings) -> Tariff:
    """The tariff that the server's operator has set."""
    named = {
        ChannelType.EMAIL: settings.price_email, ChannelType.SMS: settings.price_sms, ChannelType.VIBER: settings.price_viber
    }  # fmt: skip
    prices = {channel: int(named.get(channel, settings.price_push) * MILLION) for channel in ChannelType}
    return Tariff(settings.currency, prices, settings.bonus_emails, settings.bonus_smses)


@dataclass(frozen=True)
class Paid:
    """How many of the messages asked for could be paid: the first ones with prepaid messages, the next with money.

    :param price: of one of the latter, in millionths.
    """

    by_bonus: int
    by_money: int
    price: int

    @property
    def number(self) -> int:
        return self.by_bonus + self.by_money


def read(organization_id: int, tariff: Tariff) -> Balance:
    """What is left; for an organization that has never sent, what it would begin with."""
    return db.session.get(Balance, organization_id) or Balance(organization_id=organization_id, **_opening(tariff))


def top_up(organization_id: int, amount: Decimal, tariff: Tariff, *, emails: int = 0, smses: int = 0) -> Balance:
    """Add money and prepaid messages; negative ones correct a mistake.

    :raises Invalid: the amount has more than six digits after the point, or is unreasonably large.
    """
    money = checked(amount)
    balance = lock(organization_id, tariff)
    change(balance, EntryKind.TOP_UP, money=money, emails=emails, smses=smses)
    return balance


def checked(amount: Decimal) -> int:
    """``amount`` in millionths.

    :raises Invalid: it has more than six digits after the point, or is unreasonably large.
    """
    if not amount.is_finite() or abs(amount) > _LARGEST or amount != amount.quantize(Decimal(1) / MILLION, ROUND_HALF_EVEN):
        raise Invalid({"amount": ["An amount has at most six digits after the point, and is at most 1,000,000,000."]})
    return int(amount * MILLION)


def pay(organization_id: int, channel: ChannelType, number: int, tariff: Tariff, *, note: str = "") -> Paid:
    """Pay for up to ``number`` messages. Who pays at the same moment waits, so call it late in a unit of work."""
    balance = lock(organization_id, tariff)
    price, column = tariff.price(channel), _BONUS.get(channel)
    # A corrected mistake can have left less than nothing.
    by_bonus = max(0, min(number, getattr(balance, column))) if column else 0
    affordable = (balance.money + balance.credit_limit) // price if price else number
    by_money = max(0, min(number - by_bonus, affordable))
    paid = Paid(by_bonus, by_money, price)
    if paid.number:
        change(balance, EntryKind.SENDING, money=-by_money * price, note=note, **_bonus(channel, -by_bonus))
    return paid


def give_back(organization_id: int, channel: ChannelType, *, money: int, bonus: int, note: str) -> None:
    """Return what was paid for a message that could not be sent."""
    if money or bonus:
        balance = lock_present(organization_id)
        change(balance, EntryKind.REFUND, money=money, note=note, **_bonus(channel, bonus))


def set_credit_limit(organization_id: int, amount: Decimal, tariff: Tariff) -> Balance:
    balance = lock(organization_id, tariff)
    balance.credit_limit = int(amount * MILLION)
    db.session.flush()
    return balance


def _bonus(channel: ChannelType, number: int) -> dict[str, int]:
    return {} if channel not in _BONUS else {_BONUS[channel].removeprefix("bonus_"): number}


def _opening(tariff: Tariff) -> dict[str, str | int]:
    return {
        "currency": tariff.currency, "money": 0, "credit_limit": 0,
        "bonus_emails": tariff.bonus_emails, "bonus_smses": tariff.bonus_smses,
    }  # fmt: skip


def lock(organization_id: int, tariff: Tariff) -> Balance:
    """The organization's row, locked; made, with its first entry in the ledger, when there is none."""
    row = {"organization_id": organization_id, **_opening(tariff)}
    made = upsert(_balance, db.session.get_bind().dialect.name).values(row).on_conflict_do_nothing()
    if changed(made.execution_options(preserve_rowcount=True)):
        enter(organization_id, EntryKind.OPENING, emails=tariff.bonus_emails, smses=tariff.bonus_smses)
    return lock_present(organization_id)


def lock_present(organization_id: int) -> Balance:
    """The row of an organization that has paid before, locked."""
    return db.session.get_one(Balance, organization_id, with_for_update=True, populate_existing=True)


def change(balance: Balance, kind: EntryKind, *, money: int = 0, emails: int = 0, smses: int = 0, note: str = "") -> None:
    """Change a locked balance, and enter that in the ledger."""
    balance.money += money
    balance.bonus_emails += emails
    balance.bonus_smses += smses
    enter(balance.organization_id, kind, money=money, emails=emails, smses=smses, note=note)


def enter(
    organization_id: int, kind: EntryKind, *, money: int = 0, emails: int = 0, smses: int = 0, note: str = "",
    sender_id: int | None = None,
) -> None:  # fmt: skip
    """Write a change down. :param sender_id: of a change of this sender's reserve."""
    entry = BalanceEntry(
        organization_id=organization_id, kind=kind, money=money, emails=emails, smses=smses, note=note[:255],
        sender_id=sender_id,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
