"""Whose an order is: the contact with its external id, else with its email, else with its phone; else a new, bare one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ..clock import now
from ..database import one_of, table_of
from ..errors import Conflict
from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel
from .contact_values import PHONES

_contact, _channel = table_of(Contact), table_of(ContactChannel)

Address = tuple[ChannelType, str]


@dataclass(frozen=True)
class Owner:
    """How an order names its contact, in the form in which contacts are stored."""

    external_customer_id: str | None
    email: str | None
    phone: str | None

    @property
    def is_somebody(self) -> bool:
        return bool(self.external_customer_id or self.addresses)

    @property
    def addresses(self) -> list[Address]:
        given = ((ChannelType.EMAIL, self.email), (ChannelType.SMS, self.phone))
        return [(kind, value) for kind, value in given if value]


class _Known:
    """The contacts that are meant, by everything that names them."""

    def __init__(self, organization_id: int, owners: Sequence[Owner]) -> None:
        self.by_id = _by_external_id(organization_id, {one.external_customer_id for one in owners} - {None})
        self.by_address: dict[Address, int] = {}
        self.without_id: dict[Address, int] = {}
        for kind, kinds in ((ChannelType.EMAIL, {ChannelType.EMAIL}), (ChannelType.SMS, PHONES)):
            values = {value for one in owners for given, value in one.addresses if given is kind}
            for value, contact_id, external_id in _by_value(organization_id, kinds, values):
                self.by_address[kind, value] = contact_id
                if external_id is None:
                    self.without_id[kind, value] = contact_id

    def find(self, owner: Owner) -> int | None:
        if owner.external_customer_id in self.by_id:
            return self.by_id[owner.external_customer_id]
        # An address that two customers share must not give one the other's orders.
        among = self.without_id if owner.external_customer_id else self.by_address
        return next((among[address] for address in owner.addresses if address in among), None)

    def add(self, owner: Owner, contact_id: int) -> None:
        if owner.external_customer_id:
            self.by_id[owner.external_customer_id] = contact_id
        for address in owner.addresses:
            self.by_address[address] = contact_id
            if not owner.external_customer_id:
                self.without_id[address] = contact_id


def resolve(organization_id: int, owners: Sequence[Owner], *, book_id: int) -> tuple[list[int], int]:
    """The contact of each of ``owners``, and how many were made. The caller has locked out who else writes contacts.

    :param book_id: the address book of new ones. :raises Conflict: a contact was erased at this moment.
    """
    known, made, found = _Known(organization_id, owners), 0, list[int]()
    for owner in owners:
        contact_id = known.find(owner)
        if contact_id is None:
            contact_id, made = _make(organization_id, owner, book_id), made + 1
            known.add(owner, contact_id)
        found.append(contact_id)
    _hold(found)
    return found, made


def _by_external_id(organization_id: int, external_ids: Iterable[str | None]) -> dict[str | None, int]:
    query = select(_contact.c.external_customer_id, _contact.c.id).where(
        _contact.c.organization_id == organization_id, one_of(_contact.c.external_customer_id, external_ids)
    )
    return {row.external_customer_id: row.id for row in db.session.execute(query)}


def _by_value(
    organization_id: int, kinds: Iterable[ChannelType], values: Iterable[str]
) -> Iterable[tuple[str, int, str | None]]:  # fmt: skip
    """Of several contacts that share an address the one updated last comes last, and is taken."""
    query = (
        select(_channel.c.value, _contact.c.id, _contact.c.external_customer_id)
        .join(_contact, _contact.c.id == _channel.c.contact_id)
        .where(
            _channel.c.organization_id == organization_id, _channel.c.type.in_(kinds),
            one_of(_channel.c.value, values), _contact.c.deleted_at.is_(None),
        )
        .order_by(_contact.c.updated_at, _contact.c.id)
    )  # fmt: skip
    return [(value, id, external_id) for value, id, external_id in db.session.execute(query)]


def _make(organization_id: int, owner: Owner, book_id: int) -> int:
    at = now()
    contact = Contact(
        organization_id=organization_id, address_book_id=book_id, updated_at=at,
        external_customer_id=owner.external_customer_id,
        channels=[
            ContactChannel(organization_id=organization_id, type=kind, value=value, confirmed_at=at)
            for kind, value in owner.addresses
        ],
    )  # fmt: skip
    db.session.add(contact)
    db.session.flush()
    return contact.id


def _hold(contact_ids: Iterable[int]) -> None:
    """Let nobody erase these contacts before this unit of work ends. In one order, as all who lock contacts do."""
    wanted = set(contact_ids)
    query = select(_contact.c.id).where(one_of(_contact.c.id, wanted)).order_by(_contact.c.id)
    held = db.session.scalars(query.with_for_update(read=True, key_share=True)).all()
    if len(held) < len(wanted):
        raise Conflict("A contact was erased while its order came in. Send the orders again.")
