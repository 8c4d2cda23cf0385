"""Writing what a chunk of an import has made of its contacts, in a few statements for all of them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_, update

from ..bulk import insert_rows, new_ids, put_rows, update_rows
from ..database import changed, one_of, table_of
from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel, FieldValue, Segment, SegmentType
from . import events, segment_counts, segments
from .contact_values import fold
from .import_crowd import Person
from .import_rules import PROFILE
from .subscription_changes import Moved

_contact, _channel, _value, _segment = (table_of(model) for model in (Contact, ContactChannel, FieldValue, Segment))
_COLUMNS = tuple(PROFILE.values())
_KEYS = {"first_name": "first_name_key", "last_name": "last_name_key"}
_WRITTEN = ("external_customer_id", "updated_at", "deleted_at", *_COLUMNS, *_KEYS.values())


def write(
    organization_id: int, address_book_id: int, new: Sequence[Person], updated: Sequence[Person], at: datetime
) -> None:  # fmt: skip
    """Write everybody who was touched; new ones get their numbers."""
    _update(updated)
    for person, number in zip(new, new_ids(_contact, len(new)), strict=True):
        person.number = number
    columns = ("id", "organization_id", "address_book_id", "created_at", *_WRITTEN)
    fixed = (organization_id, address_book_id, at)
    insert_rows(_contact, columns, [(person.number, *fixed, *_values(person)) for person in new])
    _write_channels(organization_id, [*new, *updated], at)
    _write_fields(new, updated)


def _values(person: Person) -> tuple[Any, ...]:
    profile = person.profile
    keys = (fold(name) if (name := profile[column]) else None for column in _KEYS)
    return (person.external_id, person.updated_at, None, *(profile[name] for name in _COLUMNS), *keys)


def _update(people: Sequence[Person]) -> None:
    if people:
        # First these external ids go, so that one contact can get what another one had.
        renamed = [person.number for person in people if person.renamed]
        if renamed:
            changed(update(_contact).where(one_of(_contact.c.id, renamed)).values(external_customer_id=None))
        update_rows(_contact, ("id", *_WRITTEN), [(person.number, *_values(person)) for person in people])


def _write_channels(organization_id: int, people: Sequence[Person], at: datetime) -> None:
    gone = [row for person in people for row in person.removed]
    if gone:
        changed(delete(_channel).where(one_of(_channel.c.id, gone)))
    columns = ("organization_id", "contact_id", "type", "value", "details", "confirmed_at", "created_at")
    insert_rows(_channel, columns, [
        (organization_id, person.number, channel.type, channel.value, channel.details, at, at)
        for person in people
        for channel, row in person.channels
        if row is None
    ])  # fmt: skip


def _write_fields(new: Sequence[Person], updated: Sequence[Person]) -> None:
    columns = ("contact_id", "field_id", "value", "value_start")
    insert_rows(_value, columns, _field_rows(new))
    put_rows(_value, columns, _field_rows(updated))
    emptied = [(person.number, field_id) for person in updated for field_id, value in person.fields.items() if value is None]
    if emptied:
        changed(delete(_value).where(tuple_(_value.c.contact_id, _value.c.field_id).in_(emptied)))


def _field_rows(people: Sequence[Person]) -> list[tuple[Any, ...]]:
    return [
        (person.number, field_id, value, value[: FieldValue.START])
        for person in people
        for field_id, value in person.fields.items()
        if value is not None
    ]


def place(organization_id: int, people: Sequence[Person], into: Sequence[int], out_of: Sequence[str]) -> list[Moved]:
    """Put everybody in segments, and take them out of others; who has joined and left.

    :param out_of: their names; unknown ones, and those that follow from conditions, are passed over.
    """
    segment_counts.add_contacts([person.number for person in people if person.restored and person.number], 1)
    numbers = [person.number for person in people if person.number is not None]
    moved: list[Moved] = [{id: segments.join(organization_id, id, numbers)} for id in sorted(into)]
    if out_of:
        query = select(_segment.c.id).where(
            _segment.c.organization_id == organization_id, _segment.c.name.in_(out_of),
            _segment.c.type == SegmentType.STATIC,
        )  # fmt: skip
        moved += [{id: segments.leave(organization_id, id, numbers)} for id in sorted(db.session.scalars(query))]
    return moved


def record_events(organization_id: int, type_key: str, new: Sequence[Person]) -> None:
    """The event of each new contact: its key is the email, else the phone."""
    events.record_many(organization_id, type_key=type_key, events=[_event(person) for person in new])


def _event(person: Person) -> tuple[str, list[dict[str, Any]]]:
    email, phone = (
        _first(person, lambda kind: kind is ChannelType.EMAIL),
        _first(person, lambda kind: kind is ChannelType.SMS),
    )
    params = {"contactId": str(person.number), "EmailAddress": email, "SMS": phone}
    key = email or phone or str(person.number)
    return key, [{"name": name, "value": value} for name, value in params.items()]


def _first(person: Person, fits: Callable[[ChannelType], bool]) -> str:
    return next((channel.value for channel, _ in person.channels if fits(channel.type)), "")
