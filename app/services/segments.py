"""Segments: named sets of contacts."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from ..clock import now
from ..database import table_of, upsert
from ..errors import Invalid
from ..extensions import db
from ..models import Segment, SegmentMember, SegmentType

_segment, _member = table_of(Segment), table_of(SegmentMember)


def add(organization_id: int, contact_ids: Iterable[int], *, names: Sequence[str]) -> None:
    """Put contacts in the static segments ``names``, which are made if missing.

    :raises Invalid: a segment of this name follows from conditions.
    """
    segments = [_get_static(organization_id, name) for name in sorted(set(names))]
    rows = [{"segment_id": segment, "contact_id": contact} for segment in segments for contact in contact_ids]
    if rows:
        at = now()
        insert = upsert(_member, db.session.get_bind().dialect.name)
        db.session.execute(insert.values([row | {"joined_at": at} for row in rows]).on_conflict_do_nothing())


def _get_static(organization_id: int, name: str) -> int:
    found = _find(organization_id, name)
    if found is None:
        row = {"organization_id": organization_id, "name": name, "type": SegmentType.STATIC, "created_at": now()}
        # Somebody else may make it at the same moment: the unique key lets one of us, and both find it.
        db.session.execute(upsert(_segment, db.session.get_bind().dialect.name).values(row).on_conflict_do_nothing())
        found = _find(organization_id, name)
        if found is None:
            raise RuntimeError("a segment vanished while it was made")
    segment_id, kind = found
    if kind is not SegmentType.STATIC:
        raise Invalid({"groups": [f"The segment '{name}' follows from conditions and takes no contacts."]})
    return segment_id


def _find(organization_id: int, name: str) -> tuple[int, SegmentType] | None:
    query = select(Segment.id, Segment.type).where(Segment.organization_id == organization_id, Segment.name == name)
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])
