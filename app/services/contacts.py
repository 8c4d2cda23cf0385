"""Contacts: adding or updating the one that is meant, deleting and erasing."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete as sql_delete
from sqlalchemy import select

from ..clock import now
from ..database import changed, one_of, table_of
from ..errors import BadRequest, NotFound
from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel, FieldValue
from . import (
    address_books,
    contact_counts,
    contact_drafts,
    contact_identity,
    contact_traces,
    segment_counts,
    segments,
    subscription_changes,
)
from .address_books import Catalogue
from .contact_drafts import Channel, CheckedContact, ContactDraft
from .contact_values import fold


class ContactNotFound(NotFound):
    def __init__(self, contact_id: int) -> None:
        super().__init__(f"Contact with id='{contact_id}' was not found.")


class ExternalIdTaken(BadRequest):
    def __init__(self, external_customer_id: str) -> None:
        super().__init__(f"The externalCustomerId '{external_customer_id}' belongs to another contact.")


def save(organization_id: int, draft: ContactDraft) -> int:
    """Update the contact that ``draft`` means, restored if it was deleted, or make a new one; gives its id.

    :raises Invalid: some of its members are not acceptable; nothing is changed.
    """
    catalogue, wanted = prepare(organization_id, draft)
    contact = contact_identity.find(organization_id, wanted)
    if contact is None:
        contact = Contact(organization_id=organization_id, address_book_id=catalogue.address_book_id)
        db.session.add(contact)
    _write(contact, draft, wanted)
    return contact.id


def update(organization_id: int, contact_id: int, draft: ContactDraft) -> None:
    """Update the contact, restored if it was deleted.

    :raises ContactNotFound: unknown, erased, or another organization's.
    :raises ExternalIdTaken: another contact, perhaps a deleted one, has the external id.
    :raises Invalid: some members are not acceptable.
    """
    _, wanted = prepare(organization_id, draft)
    contact = _lock(organization_id, contact_id)
    if wanted.external_customer_id:
        owner = find_id(organization_id, wanted.external_customer_id)
        if owner not in (None, contact_id):
            raise ExternalIdTaken(wanted.external_customer_id)
    _write(contact, draft, wanted)


def check(organization_id: int, draft: ContactDraft) -> None:
    """:raises Invalid: some members are not acceptable, or the address book is unknown."""
    contact_drafts.check(draft, address_books.get_catalogue(organization_id, draft.address_book_id))


def prepare(organization_id: int, draft: ContactDraft) -> tuple[Catalogue, CheckedContact]:
    """Check ``draft``, and let others who mean the same contact wait until this unit of work ends.

    :raises Invalid: some members are not acceptable.
    """
    catalogue = address_books.get_catalogue(organization_id, draft.address_book_id)
    wanted = contact_drafts.check(draft, catalogue)
    contact_identity.lock(organization_id, wanted)
    return catalogue, wanted


def delete(organization_id: int, contact_id: int) -> None:
    """Move a contact to the deleted ones. It keeps what it has, and its external id brings it back.

    :raises ContactNotFound: unknown, deleted already, or another organization's.
    """
    contact = _lock(organization_id, contact_id)
    if contact.deleted_at is not None:
        raise ContactNotFound(contact_id)
    contact.deleted_at = now()
    db.session.flush()
    segment_counts.add_contact(contact_id, -1)
    contact_counts.add(organization_id, -1)


def erase(organization_id: int, contact_id: int) -> None:
    """Remove a contact, live or deleted, and all that is known of it, for good.

    :raises ContactNotFound: unknown, or another organization's.
    """
    contact = _lock(organization_id, contact_id)
    was_live = contact.deleted_at is None
    if was_live:
        segment_counts.add_contact(contact_id, -1)
    contact_traces.erase(contact)
    db.session.expunge(contact)
    changed(sql_delete(Contact).where(Contact.id == contact_id))
    if was_live:
        contact_counts.add(organization_id, -1)


def find_id(organization_id: int, external_customer_id: str) -> int | None:
    """The contact, live or deleted, that has this external id."""
    query = select(Contact.id).where(
        Contact.organization_id == organization_id, Contact.external_customer_id == external_customer_id
    )
    return db.session.scalar(query)


def find_ids(organization_id: int, external_customer_ids: Sequence[str]) -> list[int]:
    """Those of the contacts with these external ids that there are."""
    wanted = [external_id.strip() for external_id in external_customer_ids]
    query = select(Contact.id).where(
        Contact.organization_id == organization_id, one_of(table_of(Contact).c.external_customer_id, wanted)
    )
    return list(db.session.scalars(query))


def get_id(organization_id: int, external_customer_id: str) -> int:
    """:raises NotFound: no contact, live or deleted, has this external id."""
    found = find_id(organization_id, external_customer_id.strip())
    if found is None:
        raise NotFound(f"Contact with externalCustomerId='{external_customer_id}' was not found.")
    return found


def _lock(organization_id: int, contact_id: int) -> Contact:
    contact = db.session.scalar(
        select(Contact)
        .where(Contact.id == contact_id, Contact.organization_id == organization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if contact is None:
        raise ContactNotFound(contact_id)
    return contact


def _write(contact: Contact, draft: ContactDraft, wanted: CheckedContact) -> None:
    """Write what is wanted into a new or a locked contact, and count it when it comes to life."""
    is_new = contact.id is None
    comes_to_life = is_new or contact.deleted_at is not None
    if draft.address_book_id is not None:
        contact.address_book_id = draft.address_book_id
    apply(contact, wanted, at=now())
    db.session.flush()
    if comes_to_life and not is_new:
        segment_counts.add_contact(contact.id, 1)
    joined = segments.add(contact.organization_id, [contact.id], names=wanted.segment_names)
    subscription_changes.note(contact.organization_id, joined)
    if comes_to_life:
        contact_counts.add(contact.organization_id, 1)


def apply(contact: Contact, wanted: CheckedContact, *, at: datetime, confirms_email: bool = True) -> None:
    """Write what ``wanted`` says into ``contact``; what it leaves out stays.

    :param confirms_email: whether email addresses that are new to the contact are confirmed by that.
    """
    contact.updated_at, contact.deleted_at = at, None
    if wanted.external_customer_id:
        contact.external_customer_id = wanted.external_customer_id
    for column, value in wanted.profile.items():
        setattr(contact, column, value)
        if column in ("first_name", "last_name"):
            setattr(contact, f"{column}_key", fold(value) if value else None)
    _set_channels(contact, wanted.channels, at, confirms_email=confirms_email)
    _set_fields(contact, wanted.fields)


def _set_channels(contact: Contact, wanted: tuple[Channel, ...], at: datetime, *, confirms_email: bool) -> None:
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
                details=channel.details,
                confirmed_at=at if confirms_email or channel.type is not ChannelType.EMAIL else None,
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
