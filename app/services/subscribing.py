"""Subscribing through a form, with double opt-in: who is new is unconfirmed until the link in an email is followed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..clock import now
from ..errors import Invalid
from ..extensions import db
from ..models import ChannelType, Contact, UnsubscribedBy
from . import (
    contact_counts,
    contact_drafts,
    contact_identity,
    contacts,
    event_keys,
    events,
    segment_counts,
    segments,
    subscription_changes,
    subscriptions,
    unsubscribed,
)
from .contact_drafts import CheckedContact, ContactDraft

NEW, EXISTING = "subscribeFromApi", "subscribeUpdateFromApi"
LONGEST_FORM = events.LONGEST_TYPE - len(EXISTING) - 1

SendConfirmation = Callable[[Contact, str], None]


class EmailStatus(StrEnum):
    """The names are the reference's (2.8)."""

    NEED_CONFIRMATION = "NEED_CONFIRMATION"
    SUBSCRIBED = "SUBSCRIBED"
    ALREADY_SUBSCRIBED = "ALREADY_SUBSCRIBED"
    BLACKLISTED = "BLACKLISTED"


@dataclass(frozen=True)
class Subscribed:
    """What came of it. :param email_status: None when the contact has no email address."""

    contact_id: int
    is_new: bool
    email_status: EmailStatus | None


def subscribe(
    organization_id: int, draft: ContactDraft, *, keys: Sequence[str], form: str | None, send: SendConfirmation
) -> Subscribed:
    """Add the contact unconfirmed, or update it; put it in its segments and categories, and record the event.

    :param keys: of the categories to add. :param form: name of the form. :param send: sends the link to an address.
    :raises Invalid: some members are not acceptable. :raises UnknownCategory: a key is unknown.
    """
    _check_form(form)
    categories = subscriptions.get_by_keys(organization_id, keys)
    catalogue, wanted = contacts.prepare(organization_id, draft)
    given = [channel.value for channel in wanted.channels if channel.type is ChannelType.EMAIL]
    contact = contact_identity.find(organization_id, wanted)
    is_new = contact is None
    if contact is None:
        contact = Contact(organization_id=organization_id, address_book_id=catalogue.address_book_id)
        db.session.add(contact)
    else:
        wanted = _keeping_channels(contact, wanted)
    comes_to_life = is_new or contact.deleted_at is not None
    contacts.apply(contact, wanted, at=now(), confirms_email=False)
    db.session.flush()
    if comes_to_life and not is_new:
        segment_counts.add_contact(contact.id, 1)
    added = segments.add(organization_id, [contact.id], names=wanted.segment_names)
    ids = sorted(category.segment_id for category in categories)
    subscribed = {id: segments.join(organization_id, id, [contact.id]) for id in ids}
    email = _email(contact, given)
    is_news = comes_to_life or any((*added.values(), *subscribed.values()))
    status = _status(contact, email, anything_new=is_news) if email else None
    if email and status is EmailStatus.NEED_CONFIRMATION:
        send(contact, email)
    _record(organization_id, contact, email, f"{NEW if is_new else EXISTING}{f'-{form}' if form else ''}")
    subscription_changes.note(organization_id, added, subscribed)
    if comes_to_life:
        contact_counts.add(organization_id, 1)
    return Subscribed(contact.id, is_new, status)


def _check_form(form: str | None) -> None:
    problem = event_keys.problem(form, longest=LONGEST_FORM) if form else None
    if problem:
        raise Invalid({"formType": [f"formType {problem}."]})


def _keeping_channels(contact: Contact, wanted: CheckedContact) -> CheckedContact:
    """``wanted`` with the channels that the contact has; new ones are added while there is room for them."""
    channels = {(channel.type, channel.value): channel for channel in wanted.channels}
    known = {(present.type, present.value) for present in contact.channels}
    kept = [channels.get(key) or contact_drafts.Channel(*key) for key in known]
    for key, channel in channels.items():
        room = contact_drafts.MOST_CHANNELS_OF_A_TYPE - sum(present.type is channel.type for present in kept)
        if key not in known and room > 0:
            kept.append(channel)
    return replace(wanted, channels=tuple(kept))


def _email(contact: Contact, given: Sequence[str]) -> str | None:
    """The address that was given, if the contact has it, else the one that it has."""
    own = [channel.value for channel in contact.channels if channel.type is ChannelType.EMAIL]
    return next((email for email in (*given, *own) if email in own), None)


def _status(contact: Contact, email: str, *, anything_new: bool) -> EmailStatus:
    by = unsubscribed.among(contact.organization_id, [email]).get(email)
    if by is UnsubscribedBy.COMPLAINT:
        return EmailStatus.BLACKLISTED
    confirmed = any(channel.value == email and channel.confirmed_at is not None for channel in contact.channels)
    if by is not None or not confirmed:
        return EmailStatus.NEED_CONFIRMATION
    return EmailStatus.SUBSCRIBED if anything_new else EmailStatus.ALREADY_SUBSCRIBED


def _record(organization_id: int, contact: Contact, email: str | None, kind: str) -> None:
    params = [{"name": "ContactId", "value": str(contact.id)}]
    if email:
        params.append({"name": "EmailAddress", "value": email})
    events.record(organization_id, type_key=kind, key=str(contact.id), params=params)
