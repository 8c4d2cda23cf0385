"""Tokens of mobile push: one app on one device, whose owner may switch it off."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ..errors import NotFound
from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel


class TokenNotFound(NotFound):
    detail = "There is no such push token of this app."


def is_active(organization_id: int, app_id: str, token: str) -> bool:
    """Whether messages go to the token; they do unless it was switched off.

    :raises TokenNotFound: no live contact of the organization has it.
    """
    return any((channel.details or {}).get("active", True) for channel in _find(organization_id, app_id, token))


def switch(organization_id: int, app_id: str, token: str, *, active: bool) -> None:
    """Switch the token on or off, whichever contacts have it.

    :raises TokenNotFound: no live contact of the organization has it.
    """
    for channel in _find(organization_id, app_id, token, lock=True):
        channel.details = (channel.details or {}) | {"active": active}


def _find(organization_id: int, app_id: str, token: str, *, lock: bool = False) -> Sequence[ContactChannel]:
    query = (
        select(ContactChannel)
        .join(Contact)
        .where(
            ContactChannel.organization_id == organization_id,
            ContactChannel.type == ChannelType.MOBILEPUSH,
            ContactChannel.value == token,
            Contact.deleted_at.is_(None),
        )
        .order_by(ContactChannel.id)
    )
    channels = db.session.scalars(query.with_for_update(of=ContactChannel) if lock else query)
    found = [channel for channel in channels if _is_of(app_id, channel.details or {})]
    if not found:
        raise TokenNotFound
    return found


def _is_of(app_id: str, details: dict[str, Any]) -> bool:
    """Whether the token is the app's; one that came without saying which app counts as any app's."""
    own = details.get("appId")
    return own is None or own.lower() == app_id.lower()
