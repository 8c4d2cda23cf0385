"""The outbox: letters that were delivered by being kept."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from ..errors import NotFound
from ..extensions import db
from ..models import Delivery, OutboxLetter
from ..words import N_

Kept = tuple[OutboxLetter, Delivery]


def list_of(organization_id: int, *, before: int | None, limit: int) -> Sequence[Kept]:
    """The organization's letters, the newest first, from number ``before`` on."""
    query = _query(organization_id)
    if before is not None:
        query = query.where(OutboxLetter.id < before)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(OutboxLetter.id.desc()).limit(limit))]


def get(organization_id: int, letter_id: int) -> Kept:
    """:raises NotFound: there is none, or it is another organization's."""
    row = db.session.execute(_query(organization_id).where(OutboxLetter.id == letter_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such message in the outbox."))
    return row[0], row[1]


def _query(organization_id: int) -> Select[OutboxLetter, Delivery]:
    return (
        select(OutboxLetter, Delivery)
        .join(Delivery, Delivery.id == OutboxLetter.delivery_id)
        .where(OutboxLetter.organization_id == organization_id)
    )
