"""Double opt-in: an address that came through a form is confirmed by the link that was sent to it.

The link carries what it confirms, signed, so that nothing needs to be kept until somebody follows it.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, update

from ..clock import now
from ..database import changed
from ..errors import NotFound
from ..extensions import db
from ..languages import closest, say
from ..models import ChannelType, Contact, ContactChannel, Organization
from ..words import N_, sentence
from . import service_mail, unsubscribed

VALID_SECONDS = 30 * 86400


class LinkNotValid(NotFound):
    detail = N_("This link is not valid, or no longer. Fill in the form once more to get another.")


def send(keys: Sequence[str], issuer: str, contact: Contact, email: str) -> None:
    """Send the link to ``email``, which ``contact`` has.

    :param keys: the server's keys, the one in use first. :param issuer: the server's public address.
    """
    name = db.session.get_one(Organization, contact.organization_id).name
    language = closest(contact.language_code or "")
    subject = sentence("Confirm your subscription to %(name)s", name=name)
    asked = sentence("You asked for messages of %(name)s. Follow this link to confirm that the address is yours:", name=name)
    service_mail.send(
        contact.organization_id, contact_id=contact.id, email=email, host=urlsplit(issuer).hostname or "localhost",
        subject=say(subject, language),
        lines=[
            say(asked, language),
            link(keys, issuer, contact.id, email),
            say(N_("If it was not you, do nothing: without the confirmation you get no more messages."), language),
        ],
    )  # fmt: skip


def link(keys: Sequence[str], issuer: str, contact_id: int, email: str) -> str:
    """The address that confirms ``email``."""
    expires = int(now().timestamp()) + VALID_SECONDS
    return f"{issuer}/confirm/{_signer(keys).dumps([contact_id, email, expires])}"


def confirm(keys: Sequence[str], token: str) -> Organization:
    """Confirm the address that ``token`` is for, and let it be subscribed again; following the link twice does no harm.

    :returns: whose contact it is. :raises LinkNotValid: forged, too old, or the contact has gone or changed its address.
    """
    try:
        contact_id, email, expires = _signer(keys).loads(token)
    except BadSignature as error:
        raise LinkNotValid from error
    if expires < now().timestamp():
        raise LinkNotValid
    organization = db.session.scalar(
        select(Organization)
        .join(Contact, Contact.organization_id == Organization.id)
        .join(ContactChannel, ContactChannel.contact_id == Contact.id)
        .where(*_is_meant(contact_id, email), Contact.deleted_at.is_(None))
    )
    if organization is None:
        raise LinkNotValid
    unconfirmed = update(ContactChannel).where(*_is_meant(contact_id, email), ContactChannel.confirmed_at.is_(None))
    changed(unconfirmed.values(confirmed_at=now()))
    unsubscribed.resubscribe(organization.id, email)
    return organization


def _is_meant(contact_id: Any, email: Any) -> tuple[Any, ...]:
    return (
        ContactChannel.contact_id == contact_id, ContactChannel.type == ChannelType.EMAIL, ContactChannel.value == email,
    )  # fmt: skip


def _signer(keys: Sequence[str]) -> URLSafeSerializer:
    # itsdangerous signs with the last one of its keys.
    return URLSafeSerializer(list(reversed(keys)), salt="confirm a subscription")
