"""Segments: named sets of contacts. Only static ones take contacts by hand."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, delete, func, literal, select

from ..clock import now
from ..database import one_of, table_of, upsert
from ..errors import BadRequest, Invalid, NotFound
from ..extensions import db
from ..models import Contact, Segment, SegmentMember, SegmentType
from ..words import sentence
from . import segment_counts

_segment, _member, _contact = table_of(Segment), table_of(SegmentMember), table_of(Contact)

# All of them are looked through by name.
_MOST = 10_000


class SegmentNotFound(NotFound):
    def __init__(self, segment_id: int) -> None:
        super().__init__(f"Segment with id='{segment_id}' was not found.")


class SegmentTakesNoContacts(BadRequest):
    def __init__(self, name: str) -> None:
        super().__init__(f"The segment '{name}' follows from conditions; only a static one is changed by hand.")


def add(organization_id: int, contact_ids: Iterable[int], *, names: Sequence[str]) -> dict[int, list[int]]:
    """Put contacts in the static segments ``names``, which are made if missing; by segment, those who were not in there.

    :raises Invalid: a segment of this name follows from conditions.
    """
    ids = list(contact_ids)
    segment_ids = [get_static(organization_id, name) for name in sorted(set(names))]
    return {segment_id: join(organization_id, segment_id, ids) for segment_id in segment_ids}


def join(organization_id: int, segment_id: int, contact_ids: Collection[int]) -> list[int]:
    """Put those of ``contact_ids`` that are live contacts of the organization in a segment of it; who was not in there."""
    live = lock_live(organization_id, one_of(_contact.c.id, contact_ids))
    joined = list[int]()
    if live:
        rows = select(literal(segment_id), _contact.c.id, literal(now(), _member.c.joined_at.type))
        insert = upsert(_member, db.session.get_bind().dialect.name).from_select(
            ["segment_id", "contact_id", "joined_at"], rows.where(one_of(_contact.c.id, live))
        )
        joined = list(db.session.scalars(insert.on_conflict_do_nothing().returning(_member.c.contact_id)))
        segment_counts.add(segment_id, len(joined))
    return joined


def leave(organization_id: int, segment_id: int, contact_ids: Collection[int]) -> list[int]:
    """Take live contacts of the organization out of a segment of it; who was in there."""
    live = lock_live(organization_id, one_of(_contact.c.id, contact_ids))
    leave = delete(_member).where(_member.c.segment_id == segment_id, one_of(_member.c.contact_id, live))
    gone = list(db.session.scalars(leave.returning(_member.c.contact_id)))
    segment_counts.add(segment_id, -len(gone))
    return gone


def empty(segment_id: int) -> list[int]:
    """Take everybody out, also the deleted contacts; who they were. Whoever adds to it meanwhile comes before or after."""
    db.session.execute(select(_segment.c.id).where(_segment.c.id == segment_id).with_for_update())
    everybody = delete(_member).where(_member.c.segment_id == segment_id).returning(_member.c.contact_id)
    gone = list(db.session.scalars(everybody))
    segment_counts.forget(segment_id)
    return gone


def lock_live(organization_id: int, condition: ColumnElement[bool]) -> Sequence[int]:
    """The live contacts that meet ``condition``; none of them is deleted or restored before this unit of work ends."""
    return db.session.scalars(
        select(_contact.c.id)
        .where(_contact.c.organization_id == organization_id, _contact.c.deleted_at.is_(None), condition)
        .order_by(_contact.c.id)
        .with_for_update(read=True)
    ).all()


def check_static(organization_id: int, segment_id: int) -> None:
    """:raises SegmentNotFound: unknown, or another organization's. :raises SegmentTakesNoContacts: it is not static."""
    query = select(Segment).where(Segment.id == segment_id, Segment.organization_id == organization_id)
    segment = db.session.scalar(query)
    if segment is None:
        raise SegmentNotFound(segment_id)
    if segment.type is not SegmentType.STATIC:
        raise SegmentTakesNoContacts(segment.name)


def get_static(organization_id: int, name: str) -> int:
    """The id of the static segment ``name``, made if missing.

    :raises Invalid: a segment of this name follows from conditions, or there are too many.
    """
    found = _find(organization_id, name)
    if found is None:
        _check_room(organization_id)
        row = {"organization_id": organization_id, "name": name, "type": SegmentType.STATIC, "created_at": now()}
        # Somebody else may make it at the same moment: the unique key lets one of us, and both find it.
        db.session.execute(upsert(_segment, db.session.get_bind().dialect.name).values(row).on_conflict_do_nothing())
        found = _find(organization_id, name)
        if found is None:
            raise RuntimeError("a segment vanished while it was made")
    segment_id, kind = found
    if kind is not SegmentType.STATIC:
        raise Invalid(
            {"groups": [sentence("The segment '%(name)s' follows from conditions and takes no contacts.", name=name)]}
        )
    return segment_id


def _check_room(organization_id: int) -> None:
    number = select(func.count()).select_from(_segment).where(_segment.c.organization_id == organization_id)
    if (db.session.scalar(number) or 0) >= _MOST:
        raise Invalid({"groups": [sentence("An organization has at most %(most)s segments.", most=_MOST)]})


def _find(organization_id: int, name: str) -> tuple[int, SegmentType] | None:
    query = select(Segment.id, Segment.type).where(Segment.organization_id == organization_id, Segment.name == name)
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])
