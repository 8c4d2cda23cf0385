"""Tokens of mobile push: one app on one device, whose owner may switch it off."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

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
    return any(is_on(channel.details) for channel in _find(organization_id, app_id, token))


def is_on(details: Mapping[str, Any] | None) -> bool:
    """Whether messages go to a channel with these details."""
    return (details or {}).get("active") is not False


def is_of(details: Mapping[str, Any] | None, *, app_id: str | None = None, domain: str | None = None) -> bool:
    """Whether a token is the app's, and was got on a page of the domain; one that does not say counts as anybody's."""
    own_app, own_page = ((details or {}).get(name) for name in ("appId", "subscriptionPage"))
    if app_id is not None and own_app is not None and str(own_app).lower() != app_id.strip().lower():
        return False
    return domain is None or own_page is None or _is_within(own_page, domain.strip().lower())


def _is_within(page: str, domain: str) -> bool:
    try:
        host = urlsplit(page if "//" in page else f"//{page}").hostname or ""
    except ValueError:
        return False
    return host == domain or host.endswith(f".{domain}")


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
    found = [channel for channel in channels if is_of(channel.details, app_id=app_id)]
    if not found:
        raise TokenNotFound
    return found
