"""Reserves: money that an organization has set aside for the messages of one sender. It is used before anything else.

Whoever changes one has locked the organization's balance before, so that nobody waits for another in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, select

from ..database import one_of, table_of
from ..errors import Conflict, NotFound
from ..extensions import db
from ..models import ChannelType, EntryKind, Sender
from . import balance
from .balance import Tariff

_sender = table_of(Sender)


@dataclass(frozen=True)
class Reserve:
    """:param left: in millionths."""

    sender_id: int
    channel: ChannelType
    name: str
    left: int


def list_of(organization_id: int) -> list[Reserve]:
    """The reserves that were ever set aside, by channel and sender."""
    query = select(Sender).where(Sender.organization_id == organization_id, Sender.reserved.is_not(None))
    found = db.session.scalars(query.order_by(Sender.channel, Sender.id))
    return [Reserve(one.id, one.channel, one.address, one.reserved or 0) for one in found]


def move(organization_id: int, channel: ChannelType, address: str, amount: Decimal, tariff: Tariff) -> Reserve:
    """Move money from the balance to a sender's reserve; a negative amount moves it back.

    :raises NotFound: there is no such sender. :raises Invalid: the amount can't be. :raises Conflict: there is not as much.
    """
    money = balance.checked(amount)
    left = balance.lock(organization_id, tariff)
    found = _locked(organization_id, channel, [address])
    if not found:
        raise NotFound(f"There is no sender '{address}' of {channel.value} messages.")
    sender, note = found[0], f"set aside for {address}"
    if money > max(0, left.money) or (sender.reserved or 0) + money < 0:
        raise Conflict("There is not as much money to move.")
    balance.change(left, EntryKind.TOP_UP, money=-money, note=note)
    sender.reserved = (sender.reserved or 0) + money
    balance.enter(organization_id, EntryKind.TOP_UP, money=money, note=note, sender_id=sender.id)
    return Reserve(sender.id, channel, sender.address, sender.reserved or 0)


def draw(organization_id: int, channel: ChannelType, addresses: Sequence[str], tariff: Tariff) -> list[int | None]:
    """Pay for messages from the senders at ``addresses``; for each the sender whose reserve has paid it, or None."""
    drawn: list[int | None] = [None] * len(addresses)
    price = tariff.price(channel)
    if not price or db.session.scalar(_filled(organization_id, channel).limit(1)) is None:
        return drawn
    balance.lock(organization_id, tariff)
    senders = {sender.address: sender for sender in _locked(organization_id, channel, set(addresses))}
    for index, address in enumerate(addresses):
        sender = senders.get(address)
        if sender is not None and sender.reserved is not None and sender.reserved >= price:
            sender.reserved -= price
            drawn[index] = sender.id
    for sender in senders.values():
        if number := drawn.count(sender.id):
            balance.enter(organization_id, EntryKind.SENDING, money=-number * price, sender_id=sender.id)
    return drawn


def give_back(organization_id: int, sender_id: int, *, money: int, note: str) -> None:
    """Return what was paid for a message that could not be sent."""
    balance.lock_present(organization_id)
    sender = db.session.get_one(Sender, sender_id, with_for_update=True, populate_existing=True)
    sender.reserved = (sender.reserved or 0) + money
    balance.enter(organization_id, EntryKind.REFUND, money=money, note=note, sender_id=sender_id)


def _filled(organization_id: int, channel: ChannelType) -> Select[int]:
    return select(_sender.c.id).where(
        _sender.c.organization_id == organization_id, _sender.c.channel == channel, _sender.c.reserved > 0
    )


def _locked(organization_id: int, channel: ChannelType, addresses: Iterable[str]) -> Sequence[Sender]:
    query = select(Sender).where(
        Sender.organization_id == organization_id, Sender.channel == channel, one_of(_sender.c.address, addresses)
    )
    return db.session.scalars(query.order_by(Sender.id).with_for_update().execution_options(populate_existing=True)).all()
