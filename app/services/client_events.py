"""The event log of a partner app: why its requests failed, for its own developers alone. Bounded and short-lived."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from limits import RateLimitItemPerMinute
from sqlalchemy import delete, select

from ..clock import now
from ..database import changed, table_of
from ..extensions import db
from ..models import Client, ClientEvent
from . import rate_limits
from .rate_limits import Counters, Exceeded

KEPT_DAYS = 30
KEPT_EVENTS = 1000
# Anyone can make requests in an app's name: what is written for it must not grow with them.
_RATE = RateLimitItemPerMinute(60)

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
