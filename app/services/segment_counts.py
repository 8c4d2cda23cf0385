"""How many live contacts a segment has. Whoever puts contacts in, takes them out, deletes or restores them says so here."""

import random
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, func, insert, select

from ..database import changed, one_of, table_of
from ..extensions import db
from ..models import Segment, SegmentCount, SegmentMember

_MERGED_SHARE, _MERGED_AT_ONCE = 32, 1000

_count, _segment, _member = table_of(SegmentCount), table_of(Segment), table_of(SegmentMember)


def add(segment_id: int, number: int) -> None:
    """Count ``number`` more, or fewer."""
    if number:
        db.session.execute(insert(_count), {"segment_id": segment_id, "number": number})
        if random.randrange(_MERGED_SHARE) == 0:  # noqa: S311  (a matter of luck, not of secrecy)
            _merge(segment_id)


def add_contact(contact_id: int, number: int) -> None:
    """Count ``number`` in each segment that the contact is in: it has been restored, or is about to go."""
    add_contacts([contact_id], number)


def add_contacts(contact_ids: Collection[int], number: int) -> None:
    """The same for several."""
    if not contact_ids:
        return
    # Whoever empties one of them at this moment is waited for: then they are no longer among them.
    theirs = one_of(_member.c.contact_id, contact_ids)
    segments = select(_segment.c.id).where(_segment.c.id.in_(select(_member.c.segment_id).where(theirs)))
    locked = segments.order_by(_segment.c.id).with_for_update(read=True, key_share=True)
    if db.session.scalars(locked).all():
        parts = select(_member.c.segment_id, number * func.count()).where(theirs).group_by(_member.c.segment_id)
        db.session.execute(insert(_count).from_select(["segment_id", "number"], parts))


def forget(segment_id: int) -> None:
    """Count from nothing again: the segment was emptied, its row being locked."""
    changed(delete(_count).where(_count.c.segment_id == segment_id))


def _merge(segment_id: int) -> None:
    """Make one row of many."""
    some = select(_count.c.id).where(_count.c.segment_id == segment_id).limit(_MERGED_AT_ONCE)
    gone = delete(_count).where(_count.c.id.in_(some.with_for_update(skip_locked=True))).returning(_count.c.number)
    db.session.execute(insert(_count), {"segment_id": segment_id, "number": sum(db.session.scalars(gone))})


def read(connection: Connection, segment_ids: Iterable[int]) -> dict[int, int]:
    """The numbers of ``segment_ids``."""
    wanted = list(segment_ids)
    total = (
        select(_count.c.segment_id, func.sum(_count.c.number))
        .where(_count.c.segment_id.in_(wanted))
        .group_by(_count.c.segment_id)
    )
    found = {segment_id: int(number) for segment_id, number in connection.execute(total)}
    return {segment_id: found.get(segment_id, 0) for segment_id in wanted}
