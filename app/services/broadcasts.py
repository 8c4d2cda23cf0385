"""Broadcasts: making, finding and cancelling them. ``broadcast_steps`` carries them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from ..clock import now
from ..database import changed, reading, table_of
from ..errors import BadRequest, NotFound
from ..extensions import db
from ..models import BatchUnit, Broadcast, BroadcastStage, ChannelType, Delivery, DeliveryStatus, MessageText, Segment
from . import delivery_status, local_times, messages, remembered

_broadcast, _segment, _delivery = table_of(Broadcast), table_of(Segment), table_of(Delivery)
# What became of a larger campaign may be a minute old.
_LARGE = 1_000
# A clock that is a little behind must not make "now" the past.
_GRACE = timedelta(minutes=1)


class BroadcastNotFound(NotFound):
    def __init__(self, broadcast_id: int | str) -> None:
        super().__init__(f"Broadcast with id='{broadcast_id}' was not found.")


class BroadcastStarted(BadRequest):
    code, detail = "broadcast_started", "A broadcast that has started can't be cancelled."


@dataclass(frozen=True)
class BroadcastDraft:
    """A campaign as a caller describes it. :param start: local, in the organization's time zone; None: at once."""

    message_id: int
    segment_ids: Sequence[int]
    excluded_segment_ids: Sequence[int] = ()
    title: str = ""
    start: str | None = None
    batch_size: int | None = None
    batch_unit: BatchUnit | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SegmentSending:
    """One text, or stored message, to everybody in a segment, at once.

    :param options: ``data``, ``external_request_id``, ``sender_name``, ``reaches_unconfirmed``.
    """

    channel: ChannelType
    segment_id: int
    message_id: int | None = None
    text: MessageText | None = None
    subscription_keys: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def create(organization_id: int, draft: BroadcastDraft) -> Broadcast:
    """:raises BadRequest: the message or a segment is unknown, or the start is no time or past."""
    try:
        message = messages.get(organization_id, draft.message_id)
    except NotFound as error:
        raise BadRequest(f"messageId: {error.detail}") from error
    _check_segments(organization_id, [*draft.segment_ids, *draft.excluded_segment_ids])
    if (draft.batch_size is None) != (draft.batch_unit is None):
        raise BadRequest("batchSize and batchIntervalUnit go together.")
    zone = local_times.zone_of(organization_id)
    start = _start(draft.start, organization_id)
    broadcast = Broadcast(
        organization_id=organization_id, channel=message.channel, title=draft.title or message.name,
        message_id=message.id, segment_ids=list(draft.segment_ids),
        excluded_segment_ids=list(draft.excluded_segment_ids), subscription_keys=message.subscription_keys,
        batch_size=draft.batch_size, batch_unit=draft.batch_unit, options=dict(draft.options),
        start_date=local_times.write(start, zone), due_at=start,
    )  # fmt: skip
    db.session.add(broadcast)
    db.session.flush()
    return broadcast


def send_to_segment(organization_id: int, sending: SegmentSending) -> str:
    """Start a sending to everybody in a segment; the request id under which it can be asked for.

    :raises BadRequest: the segment is unknown.
    """
    _check_segments(organization_id, [sending.segment_id])
    broadcast = Broadcast(
        organization_id=organization_id, channel=sending.channel, is_campaign=False, message_id=sending.message_id,
        text_id=sending.text.id if sending.text else None, segment_ids=[sending.segment_id], excluded_segment_ids=[],
        subscription_keys=list(sending.subscription_keys), options=dict(sending.options), due_at=now(),
    )  # fmt: skip
    db.session.add(broadcast)
    db.session.flush()
    return broadcast.request_id


def get(organization_id: int, broadcast_id: int) -> Broadcast:
    """:raises BroadcastNotFound: unknown, cancelled, or another organization's."""
    found = db.session.scalar(_campaigns(organization_id).where(Broadcast.id == broadcast_id))
    if found is None:
        raise BroadcastNotFound(broadcast_id)
    return found


def cancel(organization_id: int, broadcast_id: int) -> None:
    """:raises BroadcastNotFound: see get(). :raises BroadcastStarted: it has started, perhaps at this moment."""
    cancelled = changed(
        update(_broadcast)
        .where(
            _broadcast.c.id == broadcast_id, _broadcast.c.organization_id == organization_id,
            _broadcast.c.is_campaign.is_(True), _broadcast.c.stage == BroadcastStage.SCHEDULED,
        )
        .values(stage=BroadcastStage.CANCELLED, finished_at=now())
    )  # fmt: skip
    if not cancelled:
        get(organization_id, broadcast_id)
        raise BroadcastStarted


def list_of(organization_id: int, *, offset: int, limit: int) -> tuple[Sequence[Broadcast], int]:
    """The campaigns, the newest first; and how many there are."""
    return _page(_campaigns(organization_id), offset=offset, limit=limit)


@dataclass(frozen=True)
class Statistics:
    """What became of one campaign."""

    broadcast: Broadcast
    segment_name: str
    sent: int
    delivered: int
    errors: int


def statistics(
    organization_id: int, channel: ChannelType, *, offset: int, limit: int
) -> tuple[list[Statistics], int]:  # fmt: skip
    """What became of the campaigns of a channel that have started, the newest first, of large ones a minute ago; and how
    many there are."""
    query = _campaigns(organization_id).where(Broadcast.channel == channel, Broadcast.started_at.is_not(None))
    campaigns, total = _page(query, offset=offset, limit=limit)
    names = _names(organization_id, [campaign.segment_ids[0] for campaign in campaigns])
    found = []
    with reading() as connection:
        for campaign in campaigns:
            numbers = _numbers(connection, campaign.id)
            arrived = sum(numbers.get(status, 0) for status in delivery_status.ARRIVED)
            failed = sum(numbers.get(status, 0) for status in delivery_status.FAILED)
            found.append(
                Statistics(campaign, names.get(campaign.segment_ids[0], ""), sum(numbers.values()), arrived, failed)
            )
    return found, total


def _page(query: Select[Broadcast], *, offset: int, limit: int) -> tuple[Sequence[Broadcast], int]:
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return db.session.scalars(query.order_by(Broadcast.id.desc()).limit(limit).offset(offset)).all(), total


def _numbers(connection: Connection, broadcast_id: int) -> Mapping[DeliveryStatus, int]:
    """How many deliveries of a broadcast have which status."""
    own = _delivery.c.broadcast_id == broadcast_id
    some = select(_delivery.c.broadcast_id).where(own).limit(_LARGE + 1).subquery()
    counted = select(_delivery.c.status, func.count()).where(own).group_by(_delivery.c.status)

    def count() -> dict[DeliveryStatus, int]:
        return {row[0]: row[1] for row in connection.execute(counted)}

    if (connection.scalar(select(func.count()).select_from(some)) or 0) <= _LARGE:
        return count()
    return remembered.value(connection, ("broadcast", broadcast_id), count)  # type: ignore[no-any-return]


def _campaigns(organization_id: int) -> Select[Broadcast]:
    return select(Broadcast).where(
        Broadcast.organization_id == organization_id, Broadcast.is_campaign.is_(True),
        Broadcast.stage != BroadcastStage.CANCELLED,
    )  # fmt: skip


def _names(organization_id: int, ids: Sequence[int]) -> dict[int, str]:
    query = select(_segment.c.id, _segment.c.name).where(
        _segment.c.organization_id == organization_id, _segment.c.id.in_(ids)
    )
    return {row.id: row.name for row in db.session.execute(query)}


def _check_segments(organization_id: int, ids: Sequence[int]) -> None:
    unknown = sorted(set(ids) - _names(organization_id, ids).keys())
    if unknown:
        raise BadRequest(f"groups: segment with id='{unknown[0]}' was not found.")


def _start(text: str | None, organization_id: int) -> datetime:
    at = now()
    if not text:
        return at
    start = local_times.read(text, local_times.zone_of(organization_id))
    if start is None:
        raise BadRequest(f"startDate: '{text[:40]}' is not a time: send YYYY-MM-DDTHH:mm.")
    if start < at - _GRACE:
        raise BadRequest("startDate: the start is in the past.")
    return start
