"""The event log of a partner app: why its requests failed, for its own developers alone. Bounded and short-lived."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from ..clock import now
from ..database import changed, day_of, table_of
from ..extensions import db
from ..models import Client, ClientEvent
from ..rates import Rate
from . import rate_limits, token_clients
from .rate_limits import Counters, Exceeded

KEPT_DAYS = 30
KEPT_EVENTS = 1000
# Anyone can make requests in an app's name: what is written for it must not grow with them.
_RATE = Rate(60, 1, "minute")
# More than anything can count in one.
_ANY_NUMBER = Rate(2**31, 1, "minute")

_event = table_of(ClientEvent)


def record(counters: Counters, client_id: int, *, endpoint: str, error: str, cause: str, **detail: Any) -> bool:
    """Add a failed request to the log of the client numbered ``client_id``, unless its log is full for this minute.

    :param cause: in words, without secrets. :returns: whether it was written.
    """
    try:
        rate_limits.take(counters, _RATE, "client events", str(client_id))
    except Exceeded:
        return False
    kept = {key: value[:500] if isinstance(value, str) else value for key, value in detail.items() if value is not None}
    db.session.add(ClientEvent(client_id=client_id, endpoint=endpoint, error=error, cause=cause[:500], detail=kept))
    db.session.flush()
    _forget_old(client_id)
    return True


def record_limited(
    counters: Counters, client_id: str, *, endpoint: str, error: str, cause: str, address: str
) -> None:  # fmt: skip
    """Add a request that a used-up limit refused to the log of the app that it names by its public identifier.

    A flood is what limits are for, so it must not get far: of all in a minute there is one row, which says how many there
    were, and is written when their number has doubled. Whoever makes up names of apps gets few of them looked up.

    :param address: where it came from.
    """
    window = rate_limits.take(counters, _ANY_NUMBER, "limited", client_id, cause)
    times = window.limit - window.remaining
    if times & (times - 1):
        return
    try:
        rate_limits.take(counters, _RATE, "limited events from", address)
    except Exceeded:
        return
    client = token_clients.look_up(client_id, None)
    if client is None:
        return
    present = _latest(client.id, cause) if times > 1 else None
    if present is None:
        record(counters, client.id, endpoint=endpoint, error=error, cause=cause, address=address, requests=times)
    else:
        present.detail = present.detail | {"requests": times}


def _latest(client_id: int, cause: str) -> ClientEvent | None:
    """The row of the last minute with this cause."""
    return db.session.scalar(
        select(ClientEvent)
        .where(
            ClientEvent.client_id == client_id, ClientEvent.cause == cause, ClientEvent.at > now() - timedelta(minutes=1)
        )
        .order_by(ClientEvent.id.desc())
        .limit(1)
    )  # fmt: skip


def _forget_old(client_id: int) -> None:
    last_kept = (
        select(_event.c.id)
        .where(_event.c.client_id == client_id)
        .order_by(_event.c.at.desc(), _event.c.id.desc())
        .offset(KEPT_EVENTS)
        .limit(1)
        .scalar_subquery()
    )
    old = (_event.c.at < now() - timedelta(days=KEPT_DAYS)) | (_event.c.id <= last_kept)
    changed(delete(_event).where(_event.c.client_id == client_id, old))


def by_day(client: Client, *, days: int) -> dict[tuple[date, str], int]:
    """Failed requests of ``client`` in its log by day and error code, over the last ``days`` days."""
    day = day_of(_event.c.at)
    query = select(day, _event.c.error, func.count()).where(_is_within(client, days))
    return {(row[0], row[1]): row[2] for row in db.session.execute(query.group_by(day, _event.c.error))}


def causes(client: Client, *, days: int, limit: int) -> Sequence[tuple[str, str, int]]:
    """The error codes, each with its cause in words, that are most frequent in the log of ``client``, and how often."""
    number = func.count()
    query = select(_event.c.error, _event.c.cause, number).where(_is_within(client, days))
    query = query.group_by(_event.c.error, _event.c.cause).order_by(number.desc(), _event.c.error, _event.c.cause)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query.limit(limit))]


def _is_within(client: Client, days: int) -> ColumnElement[bool]:
    since = datetime.combine(now().date() - timedelta(days=days - 1), time(), tzinfo=UTC)
    return (_event.c.client_id == client.id) & (_event.c.at >= since)


def list_of(client: Client, *, limit: int, before: int | None = None) -> Sequence[ClientEvent]:
    """The last failed requests of ``client``, the newest first.

    :param before: the number of the last event already seen.
    """
    query = select(ClientEvent).where(
        ClientEvent.client_id == client.id, ClientEvent.at >= now() - timedelta(days=KEPT_DAYS)
    )
    if before is not None:
        query = query.where(ClientEvent.id < before)
    return db.session.scalars(query.order_by(ClientEvent.id.desc()).limit(limit)).all()
