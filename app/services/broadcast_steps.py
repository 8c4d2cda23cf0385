"""Carrying broadcasts out: in steps, each its own transaction, each going on where the one before has ended."""

import calendar
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ..clock import now
from ..database import one_of, table_of
from ..extensions import db
from ..models import (
    BatchUnit,
    Broadcast,
    BroadcastStage,
    ChannelType,
    Contact,
    ContactChannel,
    Delivery,
    Message,
    MessageText,
    SegmentMember,
    Stage,
    SubscriptionCategory,
)
from . import messages, push_tokens, recipients, sending, unsubscribed
from .balance import Tariff
from .recipients import Reached
from .sending import Sending

STEP = 500
# Single messages go out within seconds, however large the campaigns are that have begun before them.
_MOST_WAITING = 1000

_contact, _channel, _member = table_of(Contact), table_of(ContactChannel), table_of(SegmentMember)
_delivery, _category = table_of(Delivery), table_of(SubscriptionCategory)
_LENGTHS = {BatchUnit.MINUTE: timedelta(minutes=1), BatchUnit.HOUR: timedelta(hours=1), BatchUnit.DAY: timedelta(days=1)}


def carry_on(tariff: Tariff) -> int:
    """Do one step of the broadcast that is due longest; how much was done, 0 when nothing is due, or what is due waits
    until more of the messages before have gone out.

    The row stays locked for the step: another worker takes another broadcast.
    """
    is_due = Broadcast.finished_at.is_(None) & (Broadcast.due_at <= now())
    if db.session.scalar(select(Broadcast.id).where(is_due).limit(1)) is None:
        return 0
    broadcast = db.session.scalar(
        select(Broadcast)
        .where(is_due, Broadcast.channel.not_in(_crowded()))
        .order_by(Broadcast.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if broadcast is None:
        return 0
    texts = _texts(broadcast)
    if not texts:
        _finish(broadcast, BroadcastStage.CANCELLED)
        return 1
    if broadcast.stage is BroadcastStage.SCHEDULED:
        broadcast.stage, broadcast.started_at, broadcast.left_in_batch = BroadcastStage.RUNNING, now(), broadcast.batch_size
    return _step(broadcast, texts, tariff)


def _crowded() -> list[ChannelType]:
    """The channels for which enough messages wait already."""
    waiting = (_delivery.c.stage == Stage.WAITING) & (_delivery.c.due_at <= now())
    some = select(_delivery.c.channel).where(waiting).limit(len(ChannelType) * _MOST_WAITING).subquery()
    query = select(some.c.channel).group_by(some.c.channel).having(func.count() >= _MOST_WAITING)
    return list(db.session.scalars(query))


def _texts(broadcast: Broadcast) -> Mapping[str | None, MessageText]:
    """What to send; nothing when the stored message was deleted."""
    if broadcast.text_id is not None:
        return {None: db.session.get_one(MessageText, broadcast.text_id)}
    message = db.session.get(Message, broadcast.message_id)
    return {} if message is None or message.deleted_at is not None else messages.texts_of(message)


def _step(broadcast: Broadcast, texts: Mapping[str | None, MessageText], tariff: Tariff) -> int:
    candidates = _candidates(broadcast)
    if not candidates:
        _finish(broadcast, BroadcastStage.DONE)
        return 1
    reached = _addresses(broadcast, candidates)
    room = len(candidates) if broadcast.left_in_batch is None else broadcast.left_in_batch
    chosen: list[Reached] = []
    for contact_id in candidates:
        if len(chosen) == room:
            break
        broadcast.last_contact_id = contact_id
        if contact_id in reached:
            chosen.append(reached[contact_id])
    options = broadcast.options
    how = Sending(
        broadcast.channel, texts, sender_name=options.get("sender_name"), broadcast_id=broadcast.id,
        reaches_unconfirmed=bool(options.get("reaches_unconfirmed")),
    )  # fmt: skip
    orders = [
        sending.order(
            one, messages.choose(texts, one.language), options.get("data") or {}, options.get("external_request_id")
        )
        for one in chosen
    ]
    _count_batch(broadcast, len(chosen))
    db.session.flush()
    sending.place(broadcast.organization_id, how, orders, tariff)
    return max(1, len(chosen))


def _candidates(broadcast: Broadcast) -> Sequence[int]:
    """The next contacts in the segments, in the order of their ids."""
    query = (
        select(_member.c.contact_id)
        .join(_contact, _contact.c.id == _member.c.contact_id)
        .where(
            one_of(_member.c.segment_id, broadcast.segment_ids), _member.c.contact_id > broadcast.last_contact_id,
            _contact.c.deleted_at.is_(None),
        )
        .distinct()
        .order_by(_member.c.contact_id)
        .limit(STEP)
    )  # fmt: skip
    if broadcast.subscription_keys:
        subscribed = select(_category.c.segment_id).where(
            _category.c.organization_id == broadcast.organization_id, _category.c.key.in_(broadcast.subscription_keys)
        )
        query = query.where(_is_in(_contact.c.id, list(db.session.scalars(subscribed))))
    return db.session.scalars(query).all()


def _is_in(contact_id: ColumnElement[int], segment_ids: Collection[int]) -> ColumnElement[bool]:
    other = _member.alias()
    return (
        select(other.c.contact_id).where(other.c.contact_id == contact_id, one_of(other.c.segment_id, segment_ids)).exists()
    )


def _addresses(broadcast: Broadcast, contact_ids: Sequence[int]) -> dict[int, Reached]:
    """Where each contact is reached: at the first of its addresses that may get this message, and has not yet."""
    query = (
        select(
            _channel.c.contact_id, _channel.c.value, _channel.c.confirmed_at, _channel.c.details,
            _contact.c.language_code,
        )
        .join(_contact, _contact.c.id == _channel.c.contact_id)
        .where(
            one_of(_channel.c.contact_id, contact_ids), _channel.c.type.in_(recipients.kinds_of(broadcast.channel)),
            _channel.c.organization_id == broadcast.organization_id,
        )
        .order_by(_channel.c.contact_id, _channel.c.id)
    )  # fmt: skip
    if not broadcast.options.get("reaches_unconfirmed"):
        query = query.where(_channel.c.confirmed_at.is_not(None))
    rows = [row for row in db.session.execute(query) if _is_meant(broadcast, row.details)]
    closed = _closed(broadcast, {row.value for row in rows})
    found: dict[int, Reached] = {}
    for row in rows:
        if row.contact_id not in found and row.value not in closed:
            found[row.contact_id] = Reached(row.contact_id, row.value, row.language_code, row.confirmed_at is not None)
            closed.add(row.value)
    return found


def _is_meant(broadcast: Broadcast, details: Mapping[str, Any] | None) -> bool:
    """Whether a channel with these details is on, and of the app or the site that the broadcast is for."""
    app_id, domain = broadcast.options.get("app_id"), broadcast.options.get("domain")
    return push_tokens.is_on(details) and push_tokens.is_of(details, app_id=app_id or None, domain=domain or None)


def _closed(broadcast: Broadcast, addresses: Collection[str]) -> set[str]:
    """Those of ``addresses`` that are passed over: unsubscribed, reached already, or of somebody who is excluded."""
    provided = select(_delivery.c.locator).where(
        _delivery.c.broadcast_id == broadcast.id, one_of(_delivery.c.locator, addresses)
    )
    closed = set(db.session.scalars(provided))
    if broadcast.channel is ChannelType.EMAIL:
        closed |= unsubscribed.among(broadcast.organization_id, addresses).keys()
    if broadcast.excluded_segment_ids:
        excluded = select(_channel.c.value).where(
            _channel.c.organization_id == broadcast.organization_id,
            _channel.c.type.in_(recipients.kinds_of(broadcast.channel)),
            one_of(_channel.c.value, addresses),
            _is_in(_channel.c.contact_id, broadcast.excluded_segment_ids),
        )
        closed |= set(db.session.scalars(excluded))
    return closed


def _count_batch(broadcast: Broadcast, number: int) -> None:
    """A full batch is followed by a pause until the next interval begins."""
    if broadcast.left_in_batch is None or broadcast.batch_unit is None:
        return
    broadcast.left_in_batch -= number
    if broadcast.left_in_batch <= 0:
        broadcast.left_in_batch = broadcast.batch_size
        following, at = _later(broadcast.due_at, broadcast.batch_unit), now()
        # What no worker was there for is not made up for all at once.
        broadcast.due_at = following if following > at else _later(at, broadcast.batch_unit)


def _later(instant: datetime, unit: BatchUnit) -> datetime:
    if unit in _LENGTHS:
        return instant + _LENGTHS[unit]
    year, month = instant.year + instant.month // 12, instant.month % 12 + 1
    return instant.replace(year=year, month=month, day=min(instant.day, calendar.monthrange(year, month)[1]))


def _finish(broadcast: Broadcast, stage: BroadcastStage) -> None:
    broadcast.stage, broadcast.finished_at = stage, now()
    db.session.flush()
