"""What a token may be made for (RFC 8707): this API, by any of its names, or a registered resource server."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import select

from ..errors import AppError
from ..extensions import db
from ..models import Client, ClientType
from ..words import N_


class InvalidTarget(AppError):
    code, status, detail = "invalid_target", 400, N_("The resource asked for is not known to this server.")


@lru_cache(maxsize=16)
def own_names(issuer: str) -> frozenset[str]:
    """The names of this API; it doesn't matter which of them a token is bound to."""
    return frozenset((issuer, f"{issuer}/api", f"{issuer}/api/v1", f"{issuer}/api/v2"))


def opens_api(resource: str | None, *, issuer: str) -> bool:
    """Whether a token bound to ``resource`` is for this API; one that isn't bound is."""
    return resource is None or resource in own_names(issuer)


def choose(wanted: Sequence[str], *, issuer: str) -> tuple[str | None, Client | None]:
    """What a token is to be bound to, and the resource server behind it when it is not this API.

    :raises InvalidTarget: a name is unknown, or they mean more than one resource: a token has one audience here.
    """
    if not wanted:
        return None, None
    targets = {_target(resource, issuer=issuer) for resource in wanted}
    if len(targets) > 1:
        raise InvalidTarget(N_("Ask for one resource at a time; a token is for one."))
    if targets == {issuer}:
        return _plain(wanted[0]), None
    server = find_server(targets.pop())
    if server is None or server.suspended_at is not None:
        raise InvalidTarget
    return server.resource, server


def is_within(wanted: Sequence[str], granted: str | None, *, issuer: str) -> bool:
    """Whether each of ``wanted`` is the resource that was granted; this API was when none was named."""
    target = issuer if granted is None else _target(granted, issuer=issuer)
    return all(_target(resource, issuer=issuer) == target for resource in wanted)


def find_server(resource: str) -> Client | None:
    """The resource server with this address, also a suspended one; a slash at the end makes no difference."""
    plain = _plain(resource)
    if "\0" in plain:  # not every database compares these
        return None
    return db.session.scalar(
        select(Client)
        .where(
            Client.client_type == ClientType.RESOURCE_SERVER,
            Client.resource.in_((plain, f"{plain}/")),
            Client.deleted_at.is_(None),
        )
        .limit(1)
    )


def _target(resource: str, *, issuer: str) -> str:
    plain = _plain(resource)
    return issuer if plain in own_names(issuer) else plain


def _plain(resource: str) -> str:
    return resource.rstrip("/")
