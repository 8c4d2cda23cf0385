"""2.11, 3.5 and 3.6: segments and the contacts in them."""

from ...database import unit_of_work
from ...services import contacts, segment_reading, segments, subscription_changes
from ...services.callers import Caller
from ..groups import READING_CONTACTS, UPDATING_CONTACTS
from ..schemas.contact import FullContact
from ..schemas.segment import MembersBody, SegmentContactsQuery, SegmentQuery, SegmentRow, SomeMembersBody
from ..schemas.wire import Sentence

_NOT_STATIC = {400: "The body is malformed, has ids of both kinds, or the segment is not a static one."}


@UPDATING_CONTACTS.post("2.11", "/v1/group/<int:id>/contacts/detach", body=MembersBody, returns=Sentence, errors=_NOT_STATIC)
def detach_contacts(caller: Caller, id: int, body: MembersBody) -> Sentence:
    """Take contacts out of a static segment; without any ids, everybody."""
    body.check_kind()
    with unit_of_work():
        segments.check_static(caller.organization_id, id)
        nobody = body.names_nobody
        gone = segments.empty(id) if nobody else segments.leave(caller.organization_id, id, _ids(caller, body))
        subscription_changes.note(caller.organization_id, {id: gone})
    return Sentence(message="Contacts were detached")


@UPDATING_CONTACTS.post(
    "2.11", "/v1/group/<int:id>/contacts/attach", body=SomeMembersBody, returns=Sentence, errors=_NOT_STATIC
)
def attach_contacts(caller: Caller, id: int, body: SomeMembersBody) -> Sentence:
    """Put contacts in a static segment."""
    body.check_kind()
    body.check_somebody()
    with unit_of_work():
        segments.check_static(caller.organization_id, id)
        joined = segments.join(caller.organization_id, id, _ids(caller, body))
        subscription_changes.note(caller.organization_id, {id: joined})
    return Sentence(message="Contacts were attached")


def _ids(caller: Caller, body: MembersBody) -> list[int]:
    return body.contact_ids or contacts.find_ids(caller.organization_id, body.external_customer_ids)


@READING_CONTACTS.get("3.5", "/v1/groups", query=SegmentQuery, returns=list[SegmentRow])
def find_segments(caller: Caller, query: SegmentQuery) -> tuple[list[SegmentRow], dict[str, str]]:
    """Find segments by a part of their names."""
    rows, total = segment_reading.search(caller.organization_id, query.name, offset=query.offset, limit=query.maxrows)
    return [SegmentRow(id=row.id, name=row.name, type=row.type) for row in rows], {"TotalCount": str(total)}


@READING_CONTACTS.get("3.6", "/v1/group/<int:id>/contacts", query=SegmentContactsQuery, returns=list[FullContact])
def get_segment_contacts(caller: Caller, id: int, query: SegmentContactsQuery) -> tuple[list[FullContact], dict[str, str]]:
    """The contacts in a segment, in full."""
    page = segment_reading.contacts(
        caller.organization_id,
        id,
        offset=query.offset,
        limit=query.maxrows,
        by_joining=query.order_by_ts,
        ascending=query.asc,
    )
    return [FullContact.describe(contact) for contact in page.contacts], {"TotalCount": str(page.total)}
