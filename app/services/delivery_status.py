"""What became of deliveries: asked for by their request ids, and moved on as news comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, update

from ..clock import now
from ..database import changed, one_of, table_of
from ..extensions import db
from ..models import Activity, ActivityStatus, Broadcast, BroadcastStage, ChannelType, Delivery, DeliveryStatus, ShortLink
from ..models.delivery import UNSENT
from . import activity
from .activity import Happened

_delivery, _broadcast, _short_link = table_of(Delivery), table_of(Broadcast), table_of(ShortLink)
_activity = table_of(Activity)
_Status = DeliveryStatus

ARRIVED = frozenset({_Status.DELIVERED, _Status.READ, _Status.CLICKED, _Status.SPAM})
UNDER_WAY = frozenset({_Status.IN_QUEUE, _Status.PENDING, _Status.SENT})
FAILED = frozenset(_Status) - ARRIVED - UNDER_WAY

# What may follow: news that comes late or twice changes nothing.
_ORDER = (_Status.IN_QUEUE, _Status.PENDING, _Status.SENT, _Status.DELIVERED, _Status.READ, _Status.CLICKED, _Status.SPAM)
_ACTIVITY = {
    _Status.SENT: ActivityStatus.SENT, _Status.DELIVERED: ActivityStatus.DELIVERED, _Status.READ: ActivityStatus.READ,
    _Status.CLICKED: ActivityStatus.CLICKED, _Status.SPAM: ActivityStatus.SPAM,
}  # fmt: skip


@dataclass(frozen=True)
class StatusView:
    """:param status: None when no delivery has this request id."""

    request_id: str
    status: DeliveryStatus | None
    description: str = ""


def find(organization_id: int, request_ids: Sequence[str], channel: ChannelType | None = None) -> list[StatusView]:
    """What became of each of ``request_ids``, in order.

    :param channel: those of other channels count as unknown.
    """
    wanted = [request_id.strip().lower() for request_id in request_ids]
    query = select(_delivery.c.request_id, _delivery.c.status, _delivery.c.status_description).where(
        one_of(_delivery.c.request_id, wanted), _delivery.c.organization_id == organization_id
    )
    if channel is not None:
        query = query.where(_delivery.c.channel == channel)
    found = {row[0]: StatusView(row[0], row[1], row[2]) for row in db.session.execute(query)}
    missing = [request_id for request_id in wanted if request_id not in found]
    if missing:
        found |= _of_broadcasts(organization_id, missing, channel)
    return [found.get(request_id) or StatusView(request_id, None) for request_id in wanted]


def _of_broadcasts(
    organization_id: int, request_ids: Sequence[str], channel: ChannelType | None
) -> dict[str, StatusView]:  # fmt: skip
    """A sending to a whole segment has one request id: it is on its way until the last message has been."""
    query = select(_broadcast.c.id, _broadcast.c.request_id, _broadcast.c.stage).where(
        one_of(_broadcast.c.request_id, request_ids), _broadcast.c.organization_id == organization_id
    )
    if channel is not None:
        query = query.where(_broadcast.c.channel == channel)
    found = {}
    for id, request_id, stage in db.session.execute(query):
        # Written out, or the database would not see that the index is of these.
        statuses: BindParameter[Any] = bindparam("statuses", UNSENT, expanding=True, literal_execute=True)
        waiting = select(_delivery.c.id).where(_delivery.c.broadcast_id == id, _delivery.c.status.in_(statuses))
        if stage is BroadcastStage.SCHEDULED:
            status = _Status.IN_QUEUE
        elif stage is BroadcastStage.RUNNING or db.session.scalar(waiting.limit(1)) is not None:
            status = _Status.PENDING
        else:
            status = _Status.DELIVERED if stage is BroadcastStage.DONE else _Status.ERROR
        found[request_id] = StatusView(request_id, status)
    return found


def move(
    delivery_id: int, status: DeliveryStatus, *, at: datetime | None = None, description: str = "",
    click_link: str | None = None,
) -> bool:  # fmt: skip
    """Let a delivery that has left the house have ``status``, if that is news; whether it was.

    A click is news each time, but one that was reported with its time counts once. Activity is written down: call it late
    in a unit of work.
    """
    moved = changed(
        update(_delivery)
        .where(_delivery.c.id == delivery_id, _delivery.c.status.in_(before(status)))
        .values(status=status, status_description=description[:500], status_at=now())
    )
    if moved or (status is _Status.CLICKED and not _is_noted_click(delivery_id, at, click_link)):
        kind = _ACTIVITY.get(status) or (ActivityStatus.UNDELIVERED if status in FAILED else None)
        if kind is not None:
            reason = description or status.value if kind is ActivityStatus.UNDELIVERED else ""
            activity.record_of_deliveries([Happened(delivery_id, kind, at or now(), reason, click_link)])
    return bool(moved)


def _is_noted_click(delivery_id: int, at: datetime | None, link: str | None) -> bool:
    if at is None:
        return False
    own = db.session.execute(
        select(_delivery.c.organization_id, _delivery.c.interaction_id).where(_delivery.c.id == delivery_id)
    ).one()
    # Of the same report, sent twice at once, one has to see the other.
    activity.take_turn(own.organization_id)
    noted = select(_activity.c.id).where(
        _activity.c.organization_id == own.organization_id, _activity.c.occurred_at == at,
        _activity.c.interaction_id == own.interaction_id, _activity.c.status == ActivityStatus.CLICKED,
        _activity.c.click_link.is_not_distinct_from(link),
    )  # fmt: skip
    return db.session.scalar(noted.limit(1)) is not None


def before(status: DeliveryStatus) -> Sequence[DeliveryStatus]:
    """The statuses from which ``status`` may follow."""
    if status in FAILED:
        return _ORDER[: _ORDER.index(_Status.DELIVERED)]
    return _ORDER[: _ORDER.index(status)]


def find_id(interaction_id: str) -> int | None:
    """The delivery that a link or a device names."""
    return db.session.scalar(select(_delivery.c.id).where(_delivery.c.interaction_id == interaction_id))


def find_id_by_request(request_id: str) -> int | None:
    """The delivery that the gateway names."""
    return db.session.scalar(select(_delivery.c.id).where(_delivery.c.request_id == request_id))


def find_target(token: str) -> tuple[int, str] | None:
    """The delivery whose text has the short link ``token``, and where it leads."""
    query = select(_short_link.c.delivery_id, _short_link.c.url).where(_short_link.c.token == token)
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])
