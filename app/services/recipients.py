"""Who is meant by an address, a contact's id or an id of the customer's own system; unknown addresses become contacts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ..clock import now
from ..database import one_of, table_of
from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel
from . import address_books, contact_identity, push_tokens
from .contact_drafts import Channel, CheckedContact
from .contact_values import PHONES, check_channel

_contact, _channel = table_of(Contact), table_of(ContactChannel)
_SWITCHED_OFF = "The push token is switched off"


@dataclass(frozen=True)
class Recipient:
    """Whom a caller wants to reach, named in one of three ways, and what the message's template may read.

    :param problem: what is wrong with this one already.
    """

    locator: str | None = None
    contact_id: int | None = None
    external_customer_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    external_request_id: str | None = None
    language: str | None = None
    problem: str | None = None

    @property
    def name(self) -> str:
        """As the caller named it."""
        return self.locator or self.external_customer_id or (str(self.contact_id) if self.contact_id else "")


@dataclass(frozen=True)
class Reached:
    """A contact and the address at which a channel reaches it. :param is_on: False: a push token that is switched off."""

    contact_id: int
    locator: str
    language: str | None
    is_confirmed: bool
    is_on: bool = True


@dataclass(frozen=True)
class Resolved:
    """:param reached: for each recipient, in order: whom it means, or a sentence why nobody.
    :param made: how many contacts were made; the caller counts them, last of all."""

    reached: list[Reached | str]
    made: int


def resolve(organization_id: int, channel: ChannelType, recipients: Sequence[Recipient]) -> Resolved:
    """Find the contact of each recipient. Addresses that nobody has become confirmed contacts with nothing else."""
    addresses = {recipient.locator: _check(channel, recipient.locator) for recipient in recipients if recipient.locator}
    valid = {address for address, problem in addresses.values() if not problem}
    known = _by_address(organization_id, channel, valid)
    missing = sorted(valid - known.keys())
    if missing:
        _lock(organization_id, channel, missing)
        # Somebody else may have made them while we waited.
        known |= _by_address(organization_id, channel, missing)
        missing = [address for address in missing if address not in known]
        known |= _make(organization_id, channel, missing)
    by_id = _by_contact(organization_id, channel, recipients)
    reached = [_reach(recipient, channel, addresses, known, by_id) for recipient in recipients]
    return Resolved(reached, len(missing))


def kinds_of(channel: ChannelType) -> Collection[ChannelType]:
    """The types of contacts' channels that reach them over ``channel``: a phone number serves SMS and Viber alike."""
    return PHONES if channel in PHONES else {channel}


def _check(channel: ChannelType, value: str) -> tuple[str, str]:
    try:
        return check_channel(channel, value), ""
    except ValueError as error:
        return "", str(error)


def _reach(
    recipient: Recipient, channel: ChannelType, addresses: Mapping[str, tuple[str, str]],
    known: Mapping[str, Reached], by_id: Mapping[int | str, Reached | None],
) -> Reached | str:  # fmt: skip
    if recipient.problem:
        return recipient.problem
    if recipient.locator:
        address, problem = addresses[recipient.locator]
        return problem or (known[address] if known[address].is_on else _SWITCHED_OFF)
    key = recipient.contact_id or (recipient.external_customer_id or "").strip()
    if key not in by_id:
        return f"Contact '{recipient.name}' was not found" if key else "A recipient needs a locator or an id"
    reached = by_id[key]
    if reached is None:
        return f"Contact '{recipient.name}' has no channel of the type '{channel.value}'"
    return reached if reached.is_on else _SWITCHED_OFF


def _by_address(organization_id: int, channel: ChannelType, values: Collection[str]) -> dict[str, Reached]:
    """Of several contacts that share an address the one updated last is meant."""
    query = (
        select(
            _channel.c.value, _channel.c.contact_id, _channel.c.confirmed_at, _channel.c.details,
            _contact.c.language_code,
        )
        .join(_contact, _contact.c.id == _channel.c.contact_id)
        .where(
            _channel.c.organization_id == organization_id, _channel.c.type.in_(kinds_of(channel)),
            one_of(_channel.c.value, values), _contact.c.deleted_at.is_(None),
        )
        .order_by(_contact.c.updated_at, _contact.c.id)
    )  # fmt: skip
    return {row.value: _at(row.contact_id, row) for row in db.session.execute(query)}


def _by_contact(
    organization_id: int, channel: ChannelType, recipients: Sequence[Recipient]
) -> dict[int | str, Reached | None]:  # fmt: skip
    """Contacts by their ids and external ids, with the first of their addresses that is on; None when there is none."""
    ids = {recipient.contact_id for recipient in recipients if recipient.contact_id}
    external = {recipient.external_customer_id.strip() for recipient in recipients if recipient.external_customer_id}
    if not ids and not external:
        return {}
    query = (
        select(
            _contact.c.id, _contact.c.external_customer_id, _contact.c.language_code,
            _channel.c.value, _channel.c.confirmed_at, _channel.c.details,
        )
        .outerjoin(_channel, (_channel.c.contact_id == _contact.c.id) & _channel.c.type.in_(kinds_of(channel)))
        .where(
            _contact.c.organization_id == organization_id, _contact.c.deleted_at.is_(None),
            one_of(_contact.c.id, ids) | one_of(_contact.c.external_customer_id, external),
        )
        .order_by(_channel.c.id.desc())
    )  # fmt: skip
    found: dict[int | str, Reached | None] = {}
    for row in db.session.execute(query):
        reached = _at(row.id, row) if row.value else None
        if reached is not None and not reached.is_on and found.get(row.id):
            continue
        found[row.id] = reached
        if row.external_customer_id:
            found[row.external_customer_id] = reached
    return found


def _at(contact_id: int, row: Any) -> Reached:
    is_on = push_tokens.is_on(row.details)
    return Reached(contact_id, row.value, row.language_code, row.confirmed_at is not None, is_on)


def _lock(organization_id: int, channel: ChannelType, addresses: Sequence[str]) -> None:
    """Let others who mean one of these people wait, so that two don't make two."""
    everybody = tuple(Channel(_own_type(channel), address) for address in addresses)
    contact_identity.lock(organization_id, CheckedContact(everybody, None, {}, {}, ()))


def _make(organization_id: int, channel: ChannelType, addresses: Sequence[str]) -> dict[str, Reached]:
    if not addresses:
        return {}
    at, book_id = now(), address_books.get_catalogue(organization_id, None).address_book_id
    made = [
        Contact(
            organization_id=organization_id, address_book_id=book_id, updated_at=at,
            channels=[
                ContactChannel(
                    organization_id=organization_id, type=_own_type(channel), value=address, confirmed_at=at
                )
            ],
        )
        for address in addresses
    ]  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    return {
        address: Reached(contact.id, address, None, True) for address, contact in zip(addresses, made, strict=True)
    }  # fmt: skip


def _own_type(channel: ChannelType) -> ChannelType:
    """One SMS channel of a contact serves SMS and Viber."""
    return ChannelType.SMS if channel in PHONES else channel
