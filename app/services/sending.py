"""Sending: accepting messages to single recipients. An accepted one is a row, and the row is the worker's job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from sqlalchemy import insert

from ..clock import now
from ..database import table_of
from ..extensions import db
from ..models import (
    ActivityStatus,
    ChannelType,
    Delivery,
    DeliveryStatus,
    MessageText,
    Stage,
    UnsubscribedBy,
)
from ..models.delivery import new_uuid
from . import activity, balance, contact_counts, messages, recipients, reserves, unsubscribed
from .activity import Happened
from .balance import Tariff
from .contact_values import PHONES
from .recipients import Reached, Recipient

_delivery = table_of(Delivery)
_SENTENCES = {
    DeliveryStatus.NO_MONEY: "There was not enough money on the account.",
    **dict(unsubscribed.refusal(by) for by in UnsubscribedBy),
    DeliveryStatus.NOT_CONFIRMED: "The address has not been confirmed.",
}


@dataclass(frozen=True)
class Sending:
    """What is sent, and how.

    :param texts: the language versions; the base version under None.
    :param sender_name: the name beside the sender's address, or the alpha name, instead of the message's own.
    :param reaches_unconfirmed: whether also to send to addresses that nobody has confirmed.
    :param sends_once: whether an address that is named twice gets one message all the same.
    """

    channel: ChannelType
    texts: Mapping[str | None, MessageText]
    sender_name: str | None = None
    reaches_unconfirmed: bool = False
    broadcast_id: int | None = None
    sends_once: bool = False


@dataclass(frozen=True)
class Accepted:
    """What a caller is told of one recipient: the id to ask with, or a sentence why there is none."""

    locator: str
    request_id: str | None = None
    problem: str | None = None


@dataclass
class _Order:
    """One message that could be sent. :param price: what is paid for it, by the reserve of the sender, if there is one."""

    reached: Reached
    text: MessageText
    data: Mapping[str, Any] = field(default_factory=dict)
    external_request_id: str | None = None
    status: DeliveryStatus = DeliveryStatus.IN_QUEUE
    request_id: str = field(default_factory=new_uuid)
    price: int = 0
    bonus: int = 0
    sender_id: int | None = None


def accept(
    organization_id: int, sending: Sending, wanted: Sequence[Recipient], tariff: Tariff
) -> list[Accepted]:  # fmt: skip
    """Take a message to each of ``wanted``; what became of each, in order.

    A message that can't be sent, for want of money or because its recipient doesn't want it, is accepted too: its
    status says so.
    """
    resolved = recipients.resolve(organization_id, sending.channel, wanted)
    results, orders, taken = list[Accepted](), list[_Order](), dict[str, str]()
    for recipient, reached in zip(wanted, resolved.reached, strict=True):
        if isinstance(reached, str):
            results.append(Accepted(recipient.name, problem=reached))
            continue
        if not sending.sends_once or reached.locator not in taken:
            text = messages.choose(sending.texts, recipient.language or reached.language)
            orders.append(_Order(reached, text, recipient.data, recipient.external_request_id))
            taken[reached.locator] = orders[-1].request_id
        results.append(Accepted(recipient.locator or reached.locator, taken[reached.locator]))
    place(organization_id, sending, orders, tariff)
    if resolved.made:
        contact_counts.add(organization_id, resolved.made)
    return results


def order(reached: Reached, text: MessageText, data: Mapping[str, Any], external_request_id: str | None) -> _Order:
    """One message of a broadcast."""
    return _Order(reached, text, data, external_request_id)


def place(organization_id: int, sending: Sending, orders: Sequence[_Order], tariff: Tariff) -> None:
    """Write the deliveries down: blocked ones as they are, the others paid as far as the money reaches."""
    if not orders:
        return
    _block(organization_id, sending, orders)
    _pay(organization_id, sending, [one for one in orders if one.status is DeliveryStatus.IN_QUEUE], tariff)
    at = now()
    rows = [_row(organization_id, sending, one, at) for one in orders]
    ids = db.session.scalars(insert(_delivery).returning(_delivery.c.id, sort_by_parameter_order=True), rows).all()
    activity.record_of_deliveries(
        [
            Happened(id, ActivityStatus.UNDELIVERED, at, one.status.value)
            for id, one in zip(ids, orders, strict=True)
            if one.status is not DeliveryStatus.IN_QUEUE
        ]
    )


def _block(organization_id: int, sending: Sending, orders: Sequence[_Order]) -> None:
    listed: dict[str, UnsubscribedBy] = {}
    if sending.channel is ChannelType.EMAIL:
        listed = unsubscribed.among(organization_id, [one.reached.locator for one in orders])
    for one in orders:
        by = listed.get(one.reached.locator)
        if by is not None:
            one.status, _ = unsubscribed.refusal(by)
        elif not one.reached.is_confirmed and not sending.reaches_unconfirmed:
            one.status = DeliveryStatus.NOT_CONFIRMED


def _pay(organization_id: int, sending: Sending, orders: Sequence[_Order], tariff: Tariff) -> None:
    """Pay with the senders' reserves, then with prepaid messages, then with money; what is left over does not go out."""
    price = tariff.price(sending.channel)
    addresses = [_sender_of(sending, one) for one in orders]
    for one, sender_id in zip(orders, reserves.draw(organization_id, sending.channel, addresses, tariff), strict=True):
        if sender_id is not None:
            one.price, one.sender_id = price, sender_id
    others = [one for one in orders if one.sender_id is None]
    paid = balance.pay(organization_id, sending.channel, len(others), tariff)
    for index, one in enumerate(others):
        if index < paid.by_bonus:
            one.bonus = 1
        elif index < paid.number:
            one.price = price
        else:
            one.status = DeliveryStatus.NO_MONEY


def _sender_of(sending: Sending, one: _Order) -> str:
    """The address or the alpha name under which it goes out."""
    if sending.channel is ChannelType.EMAIL:
        return parseaddr(one.text.sender)[1]
    return sending.sender_name if sending.sender_name and sending.channel in PHONES else one.text.sender


def _row(organization_id: int, sending: Sending, one: _Order, at: datetime) -> dict[str, Any]:
    goes_out = one.status is DeliveryStatus.IN_QUEUE
    return {
        "organization_id": organization_id, "request_id": one.request_id, "interaction_id": new_uuid(),
        "channel": sending.channel, "locator": one.reached.locator, "contact_id": one.reached.contact_id,
        "text_id": one.text.id, "broadcast_id": sending.broadcast_id,
        "external_request_id": one.external_request_id, "sender_name": sending.sender_name, "data": dict(one.data),
        "is_service": False, "price": one.price, "bonus": one.bonus, "sender_id": one.sender_id,
        "status": one.status, "status_description": _SENTENCES.get(one.status, ""), "status_at": at,
        "stage": Stage.WAITING if goes_out else Stage.OVER, "due_at": at, "attempts": 0, "created_at": at,
    }  # fmt: skip
