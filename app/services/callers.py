"""Who stands behind a credential of the API: found in one indexed SELECT that sees everything that may have ended it."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select

from .. import scopes, secret_values
from ..clock import now
from ..database import table_of
from ..models import AccessToken, ApiKey, Client, Connection, Membership, TokenFamily
from ..models.organization import MANAGERS
from ..prepared import Query
from ..secret_values import ACCESS_TOKEN, API_KEY
from . import resources


class Caller(NamedTuple):
    """Who stands behind a credential.

    :param scopes: names of the single scopes that the credential opens at present.
    :param credential: names the credential in rate limits and logs; not the secret.
    """

    organization_id: int
    scopes: frozenset[str]
    credential: str
    user_id: int | None = None
    client_id: int | None = None
    connection_id: int | None = None
    api_key_id: int | None = None


_token, _family, _connection = table_of(AccessToken), table_of(TokenFamily), table_of(Connection)
_client, _membership, _key = table_of(Client), table_of(Membership), table_of(ApiKey)

# Dead ends are conditions, not columns: a row that comes back is good, and costs no decoding of times.
_BY_ACCESS_TOKEN = Query(
    select(
        _token.c.scope,
        _connection.c.scope.label("held"),
        _connection.c.organization_id,
        _connection.c.user_id,
        _connection.c.client_id,
        _connection.c.id.label("connection_id"),
        _family.c.resource,
    )
    .select_from(_token)
    .join(_family, _family.c.id == _token.c.family_id)
    .join(_connection, _connection.c.id == _family.c.connection_id)
    .join(_client, _client.c.id == _connection.c.client_id)
    .join(
        _membership,
        (_membership.c.organization_id == _connection.c.organization_id)
        & (_membership.c.user_id == _connection.c.user_id)
        & or_(*(_membership.c.role == role for role in MANAGERS)),
    )
    .where(
        _token.c.fingerprint == bindparam("fingerprint"),
        _token.c.expires_at > bindparam("now"),
        _family.c.ended_at.is_(None),
        _connection.c.ended_at.is_(None),
        (_connection.c.ends_at.is_(None) | (_connection.c.ends_at > bindparam("now"))),
        _client.c.suspended_at.is_(None),
        _client.c.deleted_at.is_(None),
    )
)
_BY_API_KEY = Query(
    select(_key.c.id, _key.c.organization_id, _key.c.user_id, _key.c.scope).where(
        _key.c.fingerprint == bindparam("fingerprint"),
        _key.c.revoked_at.is_(None),
        _key.c.disabled_at.is_(None),
        (_key.c.expires_at.is_(None) | (_key.c.expires_at > bindparam("now"))),
    )
)


def find(secret: str, *, issuer: str) -> Caller | None:
    """The caller whose access token or API key ``secret`` is; None when it is unknown, expired, ended, or for another API.

    :param issuer: the name of this server, after which its API is named (RFC 8707).
    """
    if secret.startswith(ACCESS_TOKEN):
        return _find_by_access_token(secret, issuer)
    if secret.startswith(API_KEY):
        return _find_by_api_key(secret)
    return None


def _find_by_access_token(secret: str, issuer: str) -> Caller | None:
    row = _read(_BY_ACCESS_TOKEN, ACCESS_TOKEN, secret)
    if row is None:
        return None
    scope, held, organization_id, user_id, client_id, connection_id, resource = row
    if not resources.opens_api(resource, issuer=issuer):
        return None
    return Caller(
        organization_id=organization_id,
        scopes=scopes.common(scope, held),
        credential=f"connection {connection_id}",
        user_id=user_id,
        client_id=client_id,
        connection_id=connection_id,
    )


def _find_by_api_key(secret: str) -> Caller | None:
    row = _read(_BY_API_KEY, API_KEY, secret)
    if row is None:
        return None
    key_id, organization_id, user_id, scope = row
    return Caller(
        organization_id=organization_id,
        scopes=scopes.expand(scope),
        credential=f"key {key_id}",
        user_id=user_id,
        api_key_id=key_id,
    )


def _read(query: Query, prefix: str, secret: str) -> tuple[Any, ...] | None:
    if not secret_values.is_well_formed(prefix, secret):
        return None
    return query.first({"fingerprint": secret_values.fingerprint(secret), "now": now()})
