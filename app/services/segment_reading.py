"""Segments as they are read: found by a part of their names, and the contacts in one of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from ..database import reading, table_of
from ..models import Contact, Segment, SegmentMember
from . import contact_reading, remembered, segment_counts
from .contact_search import Page
from .contact_values import fold
from .segments import SegmentNotFound

_contact, _segment, _member = table_of(Contact), table_of(Segment), table_of(SegmentMember)


def search(organization_id: int, part: str, *, offset: int, limit: int) -> tuple[Sequence[Row[*tuple[Any, ...]]], int]:
    """Segments whose names have ``part`` somewhere, in the order in which they were made; and how many there are."""
    query = select(_segment.c.id, _segment.c.name, _segment.c.type).where(_segment.c.organization_id == organization_id)
    with reading() as connection:
        found = connection.execute(query.order_by(_segment.c.id)).all()
    # Here, because the databases know no letter case beyond English; an organization has some hundred segments.
    matching = [row for row in found if fold(part) in fold(row.name)]
    return matching[offset : offset + limit], len(matching)


def contacts(organization_id: int, segment_id: int, *, offset: int, limit: int, by_joining: bool, ascending: bool) -> Page:
    """The live contacts in a segment, by their ids or by when they joined. Far behind, their order may be a minute old.

    :raises SegmentNotFound: unknown, or another organization's.
    """
    columns = [_member.c.joined_at, _member.c.contact_id] if by_joining else [_member.c.contact_id]
    members = (
        select(_member.c.contact_id)
        .join(_contact, _contact.c.id == _member.c.contact_id)
        .where(
            _member.c.segment_id == segment_id,
            _contact.c.organization_id == organization_id,
            _contact.c.deleted_at.is_(None),
        )
        .order_by(*(column if ascending else column.desc() for column in columns))
    )
    known = select(_segment.c.id).where(_segment.c.id == segment_id, _segment.c.organization_id == organization_id)
    with reading() as connection:
        if connection.scalar(known) is None:
            raise SegmentNotFound(segment_id)
        total = segment_counts.read(connection, [segment_id])[segment_id]
        ids: Sequence[int]
        if remembered.LONG <= offset < total <= remembered.ROOM:
            key = ("segment", segment_id, by_joining, ascending)
            found = remembered.ids(connection, key, members)
            ids, total = found[offset : offset + limit], len(found)
        else:
            ids = connection.scalars(members.limit(limit).offset(offset)).all()
        return Page(contact_reading.load(connection, ids, with_segments=True), total)
