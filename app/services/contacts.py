"""Contacts: adding or updating the one that is meant, and deleting."""

from datetime import datetime

from sqlalchemy import update

from ..clock import now
from ..database import changed
from ..errors import NotFound
from ..extensions import db
from ..models import Contact, ContactChannel, FieldValue
from . import address_books, contact_counts, contact_drafts, contact_identity, segments
from .contact_drafts import Channel, CheckedContact, ContactDraft
from .contact_values import fold


class ContactNotFound(NotFound):
    def __init__(self, contact_id: int) -> None:
        super().__init__(f"Contact with id='{contact_id}' was not found.")


def save(organization_id: int, draft: ContactDraft) -> int:
    """Update the contact that ``draft`` means, restored if it was deleted, or make a new one; gives its id.

    :raises Invalid: some of its members are not acceptable; nothing is changed.
    """
    catalogue = address_books.get_catalogue(organization_id, draft.address_book_id)
    wanted = contact_drafts.check(draft, catalogue)
    contact_identity.lock(organization_id, wanted)
    contact = contact_identity.find(organization_id, wanted)
    comes_to_life = contact is None or contact.deleted_at is not None
    if contact is None:
        contact = _make(organization_id, catalogue.address_book_id)
    if draft.address_book_id is not None:
        contact.address_book_id = draft.address_book_id
    apply(contact, wanted, at=now())
    db.session.flush()
    segments.add(organization_id, [contact.id], names=wanted.segment_names)
    if comes_to_life:
        contact_counts.add(organization_id, 1)
    return contact.id


def delete(organization_id: int, contact_id: int) -> None:
    """Move a contact to the deleted ones. It keeps what it has, and its external id brings it back.

    :raises NotFound: unknown, deleted already, or another organization's.
    """
    gone = (
        update(Contact)
        .where(Contact.id == contact_id, Contact.organization_id == organization_id, Contact.deleted_at.is_(None))
        .values(deleted_at=now())
    )
    if not changed(gone):
        raise ContactNotFound(contact_id)
    contact_counts.add(organization_id, -1)


def _make(organization_id: int, address_book_id: int) -> Contact:
    contact = Contact(organization_id=organization_id, address_book_id=address_book_id)
    db.session.add(contact)
    return contact


def apply(contact: Contact, wanted: CheckedContact, *, at: datetime) -> None:
    """Write what ``wanted`` says into ``contact``; what it leaves out stays."""
    contact.updated_at, contact.deleted_at = at, None
    if wanted.external_customer_id:
        contact.external_customer_id = wanted.external_customer_id
    for column, value in wanted.profile.items():
        setattr(contact, column, value)
        if column in ("first_name", "last_name"):
            setattr(contact, f"{column}_key", fold(value) if value else None)
    _set_channels(contact, wanted.channels, at)
    _set_fields(contact, wanted.fields)


def _set_channels(contact: Contact, wanted: tuple[Channel, ...], at: datetime) -> None:
    """Let the channels of each type that occurs in ``wanted`` be the ones given; other types stay."""
    given = {(channel.type, channel.value): channel for channel in wanted}
    kinds = {channel.type for channel in wanted}
    for present in list(contact.channels):
        again = given.pop((present.type, present.value), None)
        if again is None and present.type in kinds:
            contact.channels.remove(present)
        elif again is not None and again.details is not None:
            present.details = again.details
    for channel in given.values():
        contact.channels.append(
            ContactChannel(
                organization_id=contact.organization_id, type=channel.type, value=channel.value,
                details=channel.details, confirmed_at=at,
            )
        )  # fmt: skip


def _set_fields(contact: Contact, wanted: dict[int, str | None]) -> None:
    for field_id, value in wanted.items():
        present = contact.field_values.get(field_id)
        if value is None:
            contact.field_values.pop(field_id, None)
        elif present is None:
            contact.field_values[field_id] = FieldValue(
                field_id=field_id, value=value, value_start=value[: FieldValue.START]
            )
        else:
            present.value, present.value_start = value, value[: FieldValue.START]
