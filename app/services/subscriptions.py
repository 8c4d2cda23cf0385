"""Subscription categories, and which of them a contact is subscribed to."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from ..database import reading, table_of
from ..errors import BadRequest, Conflict, Invalid
from ..extensions import db
from ..models import Contact, SegmentMember, SubscriptionCategory
from . import contact_drafts, segment_counts, segments, subscription_changes
from .contacts import ContactNotFound

_category, _contact, _member = table_of(SubscriptionCategory), table_of(Contact), table_of(SegmentMember)

_LONGEST_KEY = 100


class UnknownCategory(BadRequest):
    def __init__(self, key: str) -> None:
        super().__init__(f"There is no subscription category with the key '{key}'.")


@dataclass(frozen=True)
class CategoryView:
    """A category as it is read. :param subscribers: how many live contacts are in it."""

    category: SubscriptionCategory
    subscribers: int


def create(organization_id: int, name: str, key: str | None = None) -> SubscriptionCategory:
    """Make a category with its segment of the same name.

    :param key: made from the name when not given. :raises Invalid: the name or key is not acceptable, or the segment
        of that name follows from conditions. :raises Conflict: the key or the segment is another category's.
    """
    try:
        name = contact_drafts.check_segment_name(name)
    except ValueError as error:
        raise Invalid({"name": [str(error)]}) from error
    key = _key_of(key or name)
    if not key:
        raise Invalid({"key": ["A key has letters or digits."]})
    segment_id = segments.get_static(organization_id, name)
    taken = (SubscriptionCategory.key == key) | (SubscriptionCategory.segment_id == segment_id)
    if db.session.scalar(select(SubscriptionCategory.id).where(_of(organization_id), taken)) is not None:
        raise Conflict(f"There is a subscription category with the key '{key}' or the name '{name}' already.")
    category = SubscriptionCategory(organization_id=organization_id, segment_id=segment_id, key=key, name=name)
    db.session.add(category)
    db.session.flush()
    return category


def _key_of(name: str) -> str:
    words = re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold())
    return "-".join(words)[:_LONGEST_KEY]


def read(organization_id: int) -> list[CategoryView]:
    """The organization's categories, in the order in which they were made."""
    query = select(SubscriptionCategory).where(_of(organization_id)).order_by(SubscriptionCategory.id)
    categories = db.session.scalars(query).all()
    with reading() as connection:
        numbers = segment_counts.read(connection, [category.segment_id for category in categories])
    return [CategoryView(category, numbers[category.segment_id]) for category in categories]


def of_contact(organization_id: int, contact_id: int) -> Sequence[SubscriptionCategory]:
    """What a contact is subscribed to.

    :raises ContactNotFound: unknown, deleted, or another organization's.
    """
    live = select(Contact.id).where(
        Contact.id == contact_id, Contact.organization_id == organization_id, Contact.deleted_at.is_(None)
    )
    if db.session.scalar(live) is None:
        raise ContactNotFound(contact_id)
    return db.session.scalars(
        select(SubscriptionCategory)
        .join(SegmentMember, SegmentMember.segment_id == SubscriptionCategory.segment_id)
        .where(SegmentMember.contact_id == contact_id, _of(organization_id))
        .order_by(SubscriptionCategory.id)
    ).all()


def replace(organization_id: int, contact_id: int, keys: Sequence[str]) -> None:
    """Let a contact be subscribed to the categories ``keys`` and to no others. Activity is written down: call it last.

    :raises ContactNotFound: unknown, deleted, or another organization's. :raises UnknownCategory: a key is unknown.
    """
    if not segments.lock_live(organization_id, _contact.c.id == contact_id):
        raise ContactNotFound(contact_id)
    wanted = {category.segment_id for category in get_by_keys(organization_id, keys)}
    present = {category.segment_id for category in of_contact(organization_id, contact_id)}
    joined = {id: segments.join(organization_id, id, [contact_id]) for id in sorted(wanted - present)}
    left = {id: segments.leave(organization_id, id, [contact_id]) for id in sorted(present - wanted)}
    subscription_changes.note(organization_id, joined, left)


def get_by_keys(organization_id: int, keys: Sequence[str]) -> Sequence[SubscriptionCategory]:
    """:raises UnknownCategory: a key is unknown."""
    query = select(SubscriptionCategory).where(_of(organization_id), SubscriptionCategory.key.in_(keys))
    found = db.session.scalars(query).all()
    unknown = sorted(set(keys) - {category.key for category in found})
    if unknown:
        raise UnknownCategory(unknown[0])
    return found


def _of(organization_id: int) -> ColumnElement[bool]:
    return SubscriptionCategory.organization_id == organization_id
