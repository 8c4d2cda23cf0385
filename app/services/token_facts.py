"""What a token is and whether it works: for introspection (RFC 7662) and revocation (RFC 7009), in one SELECT."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import FromClause, bindparam, delete

from .. import scopes, secret_values
from ..clock import now
from ..database import changed, table_of
from ..models import AccessToken, Client, Connection, EndReason, Membership, TokenFamily
from ..models.organization import MANAGERS, Role
from ..secret_values import ACCESS_TOKEN
from . import families
from .token_clients import TokenClient, select_client

_token, _family, _connection = table_of(AccessToken), table_of(TokenFamily), table_of(Connection)
_membership = table_of(Membership)
_owner = table_of(Client).alias("owner")


class TokenFacts(NamedTuple):
    """An access or refresh token of this server.

    :param client_id: public identifier of the client that it was issued to. :param is_active: whether it works now.
    :param access_fingerprint: None for a refresh token.
    """

    family_id: int
    client_id: str
    organization_id: int
    user_id: int
    scope: str
    resource: str | None
    issued_at: datetime
    expires_at: datetime
    is_active: bool
    access_fingerprint: bytes | None


_SHARED = (
    _family.c.id,
    _owner.c.client_id,
    _connection.c.organization_id,
    _connection.c.user_id,
    _connection.c.scope,
    _family.c.resource,
    _family.c.ended_at,
    _connection.c.ended_at,
    _owner.c.suspended_at,
    _owner.c.deleted_at,
    _membership.c.role,
    _connection.c.ends_at,
)


def _family_and_above(source: FromClause) -> FromClause:
    return (
        source.outerjoin(_connection, _connection.c.id == _family.c.connection_id)
        .outerjoin(_owner, _owner.c.id == _connection.c.client_id)
        .outerjoin(
            _membership,
            (_membership.c.organization_id == _connection.c.organization_id)
            & (_membership.c.user_id == _connection.c.user_id),
        )
    )


_BY_ACCESS_TOKEN = select_client(
    *_SHARED, _token.c.scope, _token.c.created_at, _token.c.expires_at,
    joins=lambda source: _family_and_above(
        source.outerjoin(_token, _token.c.fingerprint == bindparam("token"))
        .outerjoin(_family, _family.c.id == _token.c.family_id)
    ),
)  # fmt: skip
_BY_FAMILY = select_client(
    *_SHARED, _family.c.scope, _family.c.rotated_at, _family.c.expires_at, _family.c.refresh_fingerprint,
    joins=lambda source: _family_and_above(source.outerjoin(_family, _family.c.id == bindparam("family"))),
)  # fmt: skip


def look_up(
    client_id: str, secret: str | None, token: str, *, keys: Sequence[bytes]
) -> tuple[TokenClient | None, TokenFacts | None]:
    """The client that asks, and the token that it asks about when this server issued it."""
    claim = secret_values.read_refresh_token(token, keys=keys)
    fingerprint = secret_values.fingerprint(token) if claim or secret_values.is_well_formed(ACCESS_TOKEN, token) else b""
    query, parameters = (_BY_FAMILY, {"family": claim.family_id}) if claim else (_BY_ACCESS_TOKEN, {"token": fingerprint})
    row = query.first(TokenClient.parameters(client_id, secret) | parameters)
    if row is None:
        return None, None
    client, rest = TokenClient.split(row)
    if rest[0] is None:
        return client, None
    return client, _facts(rest, fingerprint, is_access_token=claim is None)


def _facts(row: tuple[Any, ...], fingerprint: bytes, *, is_access_token: bool) -> TokenFacts:
    family_id, owner, organization_id, user_id, held, resource, *ends, role, last, scope, issued_at, expires_at = row[:15]
    is_present = is_access_token or row[15] == fingerprint
    expires_at = min(expires_at, last or expires_at)
    return TokenFacts(
        family_id=family_id,
        client_id=owner,
        organization_id=organization_id,
        user_id=user_id,
        scope=scopes.within(scope, held),
        resource=resource,
        issued_at=issued_at,
        expires_at=expires_at,
        is_active=is_present and not any(ends) and role is not None and Role(role) in MANAGERS and expires_at > now(),
        access_fingerprint=fingerprint if is_access_token else None,
    )


def revoke(facts: TokenFacts) -> None:
    """End the token: an access token itself, a refresh token with its whole family (RFC 7009 section 2.1)."""
    if facts.access_fingerprint is not None:
        changed(delete(_token).where(_token.c.fingerprint == facts.access_fingerprint))
    else:
        families.end(facts.family_id, because=EndReason.REVOKED_BY_APP)
