"""Contacts as they are read: found by id or by conditions, with everything that belongs to them, in few statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Select, any_, bindparam, func, select

from ..database import one_of, reading, table_of
from ..models import ChannelType, Contact, ContactChannel, FieldValue, Order, Segment, SegmentMember, SegmentType
from .contact_drafts import Channel
from .contacts import ContactNotFound

_contact, _channel, _value = table_of(Contact), table_of(ContactChannel), table_of(FieldValue)
_segment, _member, _order = table_of(Segment), table_of(SegmentMember), table_of(Order)

_PROFILE = (
    "address_book_id", "external_customer_id", "contact_key", "first_name", "last_name", "region", "town", "address",
    "postcode", "language_code", "time_zone",
)  # fmt: skip


@dataclass
class ContactView:
    """A live contact as it is read.

    :param fields: pairs of a field's id and its value. :param segments: only when they were asked for.
    :param orders: so too: how many, and when the last one was placed; None without any.
    """

    id: int
    profile: dict[str, Any]
    channels: list[Channel] = field(default_factory=list)
    fields: list[tuple[int, str]] = field(default_factory=list)
    segments: list[tuple[int, str, SegmentType]] = field(default_factory=list)
    orders: tuple[int, datetime] | None = None


@dataclass(frozen=True)
class _Statements:
    profiles: Select[Any]
    channels: Select[Any]
    fields: Select[Any]
    segments: Select[Any]
    orders: Select[Any]


@cache
def _statements(dialect: str) -> _Statements:
    """Statements that take the ``ids`` of contacts."""
    return _Statements(
        profiles=select(_contact.c.id, *(_contact.c[name] for name in _PROFILE)).where(
            _among(_contact.c.id, dialect), _contact.c.deleted_at.is_(None)
        ),
        channels=select(_channel.c.contact_id, _channel.c.type, _channel.c.value, _channel.c.details)
        .where(_among(_channel.c.contact_id, dialect))
        .order_by(_channel.c.id),
        fields=select(_value.c.contact_id, _value.c.field_id, _value.c.value)
        .where(_among(_value.c.contact_id, dialect))
        .order_by(_value.c.field_id),
        segments=select(_member.c.contact_id, _segment.c.id, _segment.c.name, _segment.c.type)
        .join(_segment, _segment.c.id == _member.c.segment_id)
        .where(_among(_member.c.contact_id, dialect))
        .order_by(_segment.c.id),
        orders=select(_order.c.contact_id, func.count(), func.max(_order.c.ordered_at))
        .where(_among(_order.c.contact_id, dialect))
        .group_by(_order.c.contact_id),
    )


def _among(column: ColumnElement[int], dialect: str) -> ColumnElement[bool]:
    """PostgreSQL takes one array: with 500 parameters of their own each statement would be written and planned anew."""
    if dialect == "postgresql":
        return column == any_(bindparam("ids", type_=ARRAY(BigInteger)))
    return column.in_(bindparam("ids", expanding=True))


_IS_LIVE = select(_contact.c.id).where(
    _contact.c.id == bindparam("id"),
    _contact.c.organization_id == bindparam("organization_id"),
    _contact.c.deleted_at.is_(None),
)


def get(organization_id: int, contact_id: int) -> ContactView:
    """:raises ContactNotFound: unknown, deleted, or another organization's."""
    with reading() as connection:
        known = connection.scalar(_IS_LIVE, {"id": contact_id, "organization_id": organization_id})
        found = load(connection, [contact_id], with_segments=True) if known else []
    if not found:
        raise ContactNotFound(contact_id)
    return found[0]


def load(connection: Connection, ids: Sequence[int], *, with_segments: bool = False) -> list[ContactView]:
    """The contacts ``ids``, in this order. The caller has seen to it that they are of the right organization."""
    if not ids:
        return []
    wanted, statements = {"ids": list(ids)}, _statements(connection.dialect.name)
    views: dict[int, ContactView] = {}
    for contact_id, *profile in connection.execute(statements.profiles, wanted):
        views[contact_id] = ContactView(contact_id, dict(zip(_PROFILE, profile, strict=True)))
    for contact_id, kind, value, details in connection.execute(statements.channels, wanted):
        if contact_id in views:
            views[contact_id].channels.append(Channel(kind, value, details))
    for contact_id, field_id, value in connection.execute(statements.fields, wanted):
        if contact_id in views:
            views[contact_id].fields.append((field_id, value))
    if with_segments:
        for contact_id, segment_id, name, kind in connection.execute(statements.segments, wanted):
            if contact_id in views:
                views[contact_id].segments.append((segment_id, name, kind))
        for contact_id, number, last in connection.execute(statements.orders, wanted):
            if contact_id in views:
                views[contact_id].orders = (number, last)
    return [views[contact_id] for contact_id in ids if contact_id in views]


def emails(organization_id: int, ids: Sequence[int]) -> list[tuple[int, str]]:
    """The first email address of each of the live contacts ``ids`` that has one, in the order of ``ids``."""
    addresses = (
        select(_channel.c.contact_id, _channel.c.value)
        .join(_contact, _contact.c.id == _channel.c.contact_id)
        .where(
            one_of(_channel.c.contact_id, ids),
            _channel.c.type == ChannelType.EMAIL,
            _contact.c.organization_id == organization_id,
            _contact.c.deleted_at.is_(None),
        )
        .order_by(_channel.c.id.desc())
    )
    with reading() as connection:
        found = {row.contact_id: row.value for row in connection.execute(addresses)}
    return [(contact_id, found[contact_id]) for contact_id in dict.fromkeys(ids) if contact_id in found]
