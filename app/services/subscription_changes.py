"""Who joins or leaves the segment of a subscription category is subscribed or unsubscribed by that: activity shows it."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from ..database import one_of, table_of
from ..extensions import db
from ..models import Contact, SegmentMember, SubscriptionCategory
from . import activity

Moved = Mapping[int, Collection[int]]
"""The contacts that have joined or left a segment, by its id."""

_category, _member, _contact = table_of(SubscriptionCategory), table_of(SegmentMember), table_of(Contact)
_AT_ONCE = 1000


def note(organization_id: int, *moved: Moved) -> None:
    """Write down what the live contacts among ``moved`` are subscribed to now, those whose segment is a category's.

    Others of the organization wait from here on: call it last of all but ``contact_counts.add``.
    """
    segment_ids = {segment_id for one in moved for segment_id, contact_ids in one.items() if contact_ids}
    if not segment_ids:
        return
    query = select(_category.c.segment_id).where(
        _category.c.organization_id == organization_id, _category.c.segment_id.in_(segment_ids)
    )
    of_categories = set(db.session.scalars(query))
    contact_ids = sorted({id for one in moved for segment_id in of_categories for id in one.get(segment_id, ())})
    for start in range(0, len(contact_ids), _AT_ONCE):
        _note(organization_id, contact_ids[start : start + _AT_ONCE])


def _note(organization_id: int, contact_ids: Sequence[int]) -> None:
    live = select(_contact.c.id).where(one_of(_contact.c.id, contact_ids), _contact.c.deleted_at.is_(None))
    keys: dict[int, list[str]] = {contact_id: [] for contact_id in db.session.scalars(live.order_by(_contact.c.id))}
    query = (
        select(_member.c.contact_id, _category.c.key)
        .join(_category, _category.c.segment_id == _member.c.segment_id)
        .where(_category.c.organization_id == organization_id, one_of(_member.c.contact_id, contact_ids))
        .order_by(_category.c.id)
    )
    for contact_id, key in db.session.execute(query):
        if contact_id in keys:
            keys[contact_id].append(key)
    activity.record_subscriptions(organization_id, keys)
