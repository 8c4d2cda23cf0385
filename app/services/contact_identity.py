"""Which contact is meant: the external id first, then email, phone and token.

When an external id comes that nobody has, contacts that have another one are passed over: an address that two
customers share must not make one of them. Of several that share an address the one updated last is meant.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, or_, select

from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel
from . import locks
from .contact_drafts import Channel, CheckedContact
from .contact_values import PHONES

# A phone number is the same person's over SMS and Viber; a token says something within its own type only.
_EMAIL = frozenset({ChannelType.EMAIL})
_TOKENS = frozenset(ChannelType) - PHONES - _EMAIL


def lock(organization_id: int, wanted: CheckedContact) -> None:
    """Let others who mean the same contact wait, also when there is none yet, so that two don't make two."""
    identities = (f"{organization_id} contact {identity}" for identity in _identities(wanted))
    locks.take(identities, shared=_everybody(organization_id))


def lock_all(organization_id: int) -> None:
    """Let everybody wait who writes contacts of the organization: for imports, which mean thousands at once."""
    locks.take([_everybody(organization_id)])


def _everybody(organization_id: int) -> str:
    return f"{organization_id} contacts"


def _identities(wanted: CheckedContact) -> Iterator[str]:
    if wanted.external_customer_id:
        yield f"id {wanted.external_customer_id}"
    for channel in wanted.channels:
        yield f"phone {channel.value}" if channel.type in PHONES else f"{channel.type.value} {channel.value}"


def find(organization_id: int, wanted: CheckedContact) -> Contact | None:
    """The contact that ``wanted`` means, its row locked. A deleted one is found by its external id only."""
    if wanted.external_customer_id:
        found = _first(organization_id, Contact.external_customer_id == wanted.external_customer_id)
        if found:
            return found
    for kinds in (_EMAIL, PHONES, _TOKENS):
        channels = [channel for channel in wanted.channels if channel.type in kinds]
        found = _by_channels(organization_id, channels, wanted.external_customer_id) if channels else None
        if found:
            return found
    return None


def _by_channels(organization_id: int, channels: list[Channel], external_customer_id: str | None) -> Contact | None:
    reached = select(ContactChannel.contact_id).where(
        ContactChannel.organization_id == organization_id, or_(*(_is_reached_by(channel) for channel in channels))
    )
    conditions = [Contact.deleted_at.is_(None), Contact.id.in_(reached)]
    if external_customer_id:
        conditions.append(Contact.external_customer_id.is_(None))
    return _first(organization_id, *conditions)


def _is_reached_by(channel: Channel) -> ColumnElement[bool]:
    kinds = PHONES if channel.type in PHONES else {channel.type}
    return and_(ContactChannel.type.in_(kinds), ContactChannel.value == channel.value)


def _first(organization_id: int, *conditions: ColumnElement[bool]) -> Contact | None:
    return db.session.scalar(
        select(Contact)
        .where(Contact.organization_id == organization_id, *conditions)
        .order_by(Contact.updated_at.desc(), Contact.id.desc())
        .limit(1)
        .with_for_update(of=Contact)
        .execution_options(populate_existing=True)
    )
