"""Finding contacts by what is known of them.

Email, phone and names match from their beginning, whatever the case: that is what an ordinary index answers on both
databases, where "somewhere inside" would read a million rows. The external id matches as a whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, select

from ..database import reading, table_of
from ..models import ChannelType, Contact, ContactChannel
from . import contact_counts, contact_reading, remembered
from .contact_reading import ContactView
from .contact_values import fold, strip_phone
from .users import normalize_email

_contact, _channel = table_of(Contact), table_of(ContactChannel)
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class Conditions:
    """What a contact must have, all of it. None: anything."""

    external_customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True)
class Page:
    """Some of the contacts found.

    :param total: how many there are on all pages.
    """

    contacts: Sequence[ContactView]
    total: int


def search(organization_id: int, conditions: Conditions, *, offset: int, limit: int, by_id: bool = False) -> Page:
    """Live contacts that meet ``conditions``: the ones updated last first, or by their ids.

    Where more than ``remembered.LONG`` contacts meet each of the conditions, what is found may be a minute old.
    """
    wanted = _Wanted(organization_id, conditions)
    query = (
        select(_contact.c.id)
        .where(_contact.c.organization_id == organization_id, _contact.c.deleted_at.is_(None), *wanted.clauses())
        .order_by(*([_contact.c.id] if by_id else [_contact.c.updated_at.desc(), _contact.c.id.desc()]))
    )
    with reading() as connection:
        if conditions == Conditions():
            ids, total = _all(connection, organization_id, query, offset, limit, by_id=by_id)
        elif any(_are_few(connection, one) for one in wanted.ways()):
            ids, total = _few(connection, query, offset, limit)
        else:
            found = remembered.ids(connection, ("contacts", wanted), query)
            ids, total = found[offset : offset + limit], len(found)
        return Page(contact_reading.load(connection, ids), total)


def _all(
    connection: Connection, organization_id: int, query: Select[int], offset: int, limit: int, *, by_id: bool
) -> tuple[Sequence[int], int]:
    total = contact_counts.read(connection, organization_id)
    if remembered.LONG <= offset < total <= remembered.ROOM:
        found = remembered.ids(connection, ("all contacts", organization_id, by_id), query)
        return found[offset : offset + limit], len(found)
    # Ids first: an index alone answers.
    return connection.scalars(query.limit(limit).offset(offset)).all(), total


def _are_few(connection: Connection, way: Select[int]) -> bool:
    some = way.limit(remembered.LONG + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) <= remembered.LONG


def _few(connection: Connection, query: Select[int], offset: int, limit: int) -> tuple[Sequence[int], int]:
    """A page, and how many there are on all."""
    # Found first and ordered then: reading in order until there are enough can mean reading everything.
    found = query.order_by(None).add_columns(_contact.c.updated_at).cte("found").prefix_with("MATERIALIZED")
    number = select(func.count()).select_from(found).scalar_subquery()
    page = select(found.c.id, number).order_by(found.c.updated_at.desc(), found.c.id.desc()).limit(limit).offset(offset)
    rows = connection.execute(page).all()
    if not rows:
        return [], (connection.scalar(select(number)) or 0) if offset else 0
    return [row[0] for row in rows], rows[0][1]


@dataclass(frozen=True)
class _Wanted:
    """Which contacts of an organization are wanted."""

    organization_id: int
    conditions: Conditions

    def clauses(self) -> list[ColumnElement[bool]]:
        """What each of them meets."""
        found: list[ColumnElement[bool]] = [_contact.c.id.in_(way) for way in self._by_channels()]
        found += self._names()
        if (external_id := self.conditions.external_customer_id) is not None:
            found.append(_contact.c.external_customer_id == external_id.strip())
        return found

    def ways(self) -> Iterator[Select[int]]:
        """The ids of contacts, deleted ones included, that meet one of the conditions each, by an index."""
        if self.conditions.external_customer_id is not None:
            yield select(_contact.c.id).where(false())
        yield from self._by_channels()
        for clause in self._names():
            yield select(_contact.c.id).where(_contact.c.organization_id == self.organization_id, clause)

    def _by_channels(self) -> Iterator[Select[int]]:
        email, phone = self.conditions.email, self.conditions.phone
        if email is not None:
            # A plus sign that was not encoded in the address arrives as a space, which no email has.
            yield self._having(ChannelType.EMAIL, normalize_email(email).replace(" ", "+"))
        if phone is not None:
            yield self._having(ChannelType.SMS, strip_phone(phone))

    def _having(self, kind: ChannelType, beginning: str) -> Select[int]:
        own = _channel.c.organization_id == self.organization_id
        return select(_channel.c.contact_id).where(own, _channel.c.type == kind, _begins(_channel.c.value, beginning))

    def _names(self) -> Iterator[ColumnElement[bool]]:
        columns = (_contact.c.first_name_key, _contact.c.last_name_key)
        for column, name in zip(columns, (self.conditions.first_name, self.conditions.last_name), strict=True):
            if name is not None:
                yield _begins(column, fold(name))


def _begins(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    return and_(column >= beginning, column < beginning + _LAST_CHARACTER)
