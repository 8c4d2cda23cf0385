"""What is known of a contact outside its own rows, and goes with it when it is erased. Its orders go by themselves, as its
channels do."""

from sqlalchemy import delete, select

from ..database import changed, table_of
from ..extensions import db
from ..models import Activity, ChannelType, Contact, ContactChannel, Delivery, Event, ImportedContact
from .contact_values import PHONES

_channel, _event, _delivery, _activity = table_of(ContactChannel), table_of(Event), table_of(Delivery), table_of(Activity)
_imported = table_of(ImportedContact)
_ADDRESSES = frozenset({ChannelType.EMAIL}) | PHONES


def erase(contact: Contact) -> None:
    """Remove all traces of ``contact``, which the caller has locked and is about to remove."""
    keys = [str(contact.id), *(value for value in (contact.external_customer_id, contact.contact_key) if value)]
    keys += _own_addresses(contact)
    changed(delete(_event).where(_event.c.organization_id == contact.organization_id, _event.c.key.in_(keys)))
    # With what was sent go the letters that the outbox has kept.
    changed(delete(_delivery).where(_delivery.c.contact_id == contact.id))
    for table in (_activity, _imported):
        changed(delete(table).where(table.c.contact_id == contact.id))


def _own_addresses(contact: Contact) -> list[str]:
    """Its addresses that no other contact has: what is known by a shared one is the others' too."""
    other = _channel.alias()
    shared = select(other.c.id).where(
        other.c.organization_id == contact.organization_id,
        other.c.type == _channel.c.type,
        other.c.value == _channel.c.value,
        other.c.contact_id != contact.id,
    )
    own = select(_channel.c.value).where(_channel.c.contact_id == contact.id, _channel.c.type.in_(_ADDRESSES))
    return list(db.session.scalars(own.where(~shared.exists())))
