"""Finding contacts by what is known of them.

Email, phone and names match from their beginning, whatever the case: that is what an ordinary index answers on both
databases, where "somewhere inside" would read a million rows. The external id matches as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, func, select

from ..database import reading, table_of
from ..models import ChannelType, Contact, ContactChannel
from . import contact_counts, contact_reading
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
    """Live contacts that meet ``conditions``: the ones updated last first, or by their ids."""
    clauses = _clauses(organization_id, conditions)
    where = and_(_contact.c.organization_id == organization_id, _contact.c.deleted_at.is_(None), *clauses)
    order = [_contact.c.id] if by_id else [_contact.c.updated_at.desc(), _contact.c.id.desc()]
    with reading() as connection:
        # Ids first: an index alone answers, also far behind in the list.
        ids = connection.scalars(select(_contact.c.id).where(where).order_by(*order).limit(limit).offset(offset)).all()
        if 0 < len(ids) < limit or (not ids and not offset):
            total = offset + len(ids)
        elif clauses:
            total = connection.scalar(select(func.count()).select_from(_contact).where(where)) or 0
        else:
            total = contact_counts.read(connection, organization_id)
        return Page(contact_reading.load(connection, ids), total)


def _clauses(organization_id: int, conditions: Conditions) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if conditions.external_customer_id is not None:
        clauses.append(_contact.c.external_customer_id == conditions.external_customer_id.strip())
    if conditions.email is not None:
        # A plus sign that was not encoded in the address arrives as a space, which no email has.
        clauses.append(_has(organization_id, ChannelType.EMAIL, normalize_email(conditions.email).replace(" ", "+")))
    if conditions.phone is not None:
        clauses.append(_has(organization_id, ChannelType.SMS, strip_phone(conditions.phone)))
    if conditions.first_name is not None:
        clauses.append(_begins(_contact.c.first_name_key, fold(conditions.first_name)))
    if conditions.last_name is not None:
        clauses.append(_begins(_contact.c.last_name_key, fold(conditions.last_name)))
    return clauses


def _has(organization_id: int, kind: ChannelType, beginning: str) -> ColumnElement[bool]:
    return _contact.c.id.in_(
        select(_channel.c.contact_id).where(
            _channel.c.organization_id == organization_id, _channel.c.type == kind, _begins(_channel.c.value, beginning)
        )
    )


def _begins(column: ColumnElement[String], beginning: str) -> ColumnElement[bool]:
    return and_(column >= beginning, column < beginning + _LAST_CHARACTER)
