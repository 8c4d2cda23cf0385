"""The same write twice within a minute is refused: most likely a client's mistaken repetition."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from ..clock import now
from ..database import changed, table_of, upsert
from ..errors import Conflict
from ..extensions import db
from ..models import RecentRequest

WINDOW = timedelta(minutes=1)

_recent = table_of(RecentRequest)
_CLEANING_SHARE, _CLEANED_AT_ONCE = 16, 100


class DuplicatedRequest(Conflict):
    code, detail = "duplicated_request", "Duplicated request"


def claim(organization_id: int, request: str, content: bytes) -> None:
    """Remember that ``organization_id`` makes ``request`` with ``content`` now, unless this unit of work fails.

    :raises DuplicatedRequest: it made the same one less than a minute ago, or is making it at this moment.
    """
    at = now()
    fingerprint = hashlib.sha256(b"%d %s %s" % (organization_id, request.encode(), content)).digest()
    # The unique key decides: a second one waits here until the first has committed or failed.
    insert = upsert(_recent, db.session.get_bind().dialect.name).values(fingerprint=fingerprint, expires_at=at + WINDOW)
    taken = db.session.scalar(
        insert.on_conflict_do_update(
            index_elements=["fingerprint"],
            set_={"expires_at": insert.excluded.expires_at},
            where=_recent.c.expires_at <= at,
        ).returning(_recent.c.fingerprint)
    )
    if taken is None:
        raise DuplicatedRequest
    if fingerprint[0] % _CLEANING_SHARE == 0:
        _clean(at)


_EXPIRED = (
    select(_recent.c.fingerprint)
    .where(_recent.c.expires_at <= bindparam("at"))
    .limit(_CLEANED_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_FORGET = delete(_recent).where(_recent.c.fingerprint.in_(_EXPIRED))


def _clean(at: datetime) -> None:
    """Forget some of what has expired: each sixteenth request a hundred, so the table holds little more than a minute."""
    changed(_FORGET, {"at": at})
