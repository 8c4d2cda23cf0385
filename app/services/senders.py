"""Senders: under which names and addresses an organization may send."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from sqlalchemy import select

from ..clock import now
from ..errors import BadRequest, Invalid
from ..extensions import db
from ..models import ChannelType, Sender
from .contact_values import PHONES, check_email, check_line

_LONGEST_NAME = 120
# GSM 03.40: eleven characters of an alphanumeric address; a number is longer.
_ALPHA_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ._&-]{1,11}|\+?[0-9]{3,15}", re.ASCII)
_NEEDS_QUOTES = re.compile(r'[\\"]')


@dataclass(frozen=True)
class SenderName:
    """A sender as it is written: an address with a name beside it, or an alpha name alone."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        if not self.name:
            return self.address
        quoted = _NEEDS_QUOTES.sub(r"\\\g<0>", self.name)
        return f'"{quoted}" <{self.address}>'


def parse(channel: ChannelType, text: str) -> SenderName:
    """:raises ValueError: it is no sender of this channel."""
    text = check_line(text, 400)
    if channel is ChannelType.EMAIL:
        name, address = parseaddr(text)
        return SenderName(check_email(address), check_name(name))
    if channel in PHONES and not _ALPHA_NAME.fullmatch(text):
        raise ValueError(f"'{text[:40]}' is not valid alpha name: 1 to 11 letters, digits, spaces and . _ & -")
    if not text:
        raise ValueError("A sender needs a name.")
    return SenderName(check_line(text, 254))


def check_name(name: str) -> str:
    """The name beside an address, or instead of an alpha name."""
    return check_line(name, _LONGEST_NAME)


def add(organization_id: int, channel: ChannelType, text: str) -> Sender:
    """Add a sender, or change the name of one; it counts as confirmed.

    :raises Invalid: it is no sender of this channel.
    """
    try:
        wanted = parse(channel, text)
    except ValueError as error:
        raise Invalid({"value": [str(error)]}) from error
    sender = _find(organization_id, channel, wanted.address)
    if sender is None:
        sender = Sender(organization_id=organization_id, channel=channel, address=wanted.address)
        db.session.add(sender)
    sender.name, sender.confirmed_at = wanted.name, now()
    db.session.flush()
    return sender


def list_confirmed(organization_id: int, channel: ChannelType) -> Sequence[SenderName]:
    query = (
        select(Sender.address, Sender.name)
        .where(Sender.organization_id == organization_id, Sender.channel == channel, Sender.confirmed_at.is_not(None))
        .order_by(Sender.id)
    )
    return [SenderName(address, name) for address, name in db.session.execute(query)]


def get_confirmed(organization_id: int, channel: ChannelType, text: str) -> SenderName:
    """The sender ``text`` as it may be used: the address has to be a confirmed one, the name beside it is free.

    :raises BadRequest: it is malformed, or not confirmed.
    """
    try:
        wanted = parse(channel, text)
    except ValueError as error:
        raise BadRequest(f"from: {error}") from error
    sender = _find(organization_id, channel, wanted.address)
    if sender is None or sender.confirmed_at is None:
        raise BadRequest(f"from: '{wanted.address}' is not a confirmed sender. Add it first.")
    return SenderName(sender.address, wanted.name or sender.name)


def get_only(organization_id: int, channel: ChannelType) -> SenderName:
    """The sender of an organization that has just one.

    :raises BadRequest: there is none, or there are several.
    """
    found = list_confirmed(organization_id, channel)
    if len(found) != 1:
        raise BadRequest(f"from: name the sender; there {'are several' if found else 'is none'} for {channel.value}.")
    return found[0]


def check_other_name(organization_id: int, channel: ChannelType, name: str | None) -> str | None:
    """The name to send under instead of a message's own: free beside an email's address, else a confirmed alpha name.

    :raises BadRequest: it is malformed, or not confirmed.
    """
    if not name or not name.strip():
        return None
    if channel in PHONES:
        return get_confirmed(organization_id, channel, name).address
    try:
        return check_name(name)
    except ValueError as error:
        raise BadRequest(f"fromName: {error}") from error


def _find(organization_id: int, channel: ChannelType, address: str) -> Sender | None:
    # One alpha name serves SMS only or Viber only: they are registered apart.
    return db.session.scalar(
        select(Sender).where(Sender.organization_id == organization_id, Sender.channel == channel, Sender.address == address)
    )
