"""Codes and refresh tokens redeemed at once: one statement recognizes the client, spends, and issues.

It does so when nothing stands against it, and all that could is among its conditions. When one of them doesn't hold,
nothing has happened, and the ordinary way (``tokens``, step by step) finds out which one and what follows. What is not
everyday is left to that way too: an app's own lifetimes, an end date, rights taken back, tokens presented again.
"""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Update, bindparam, func, or_, select

from .. import secret_values
from ..clock import now
from ..database import table_of
from ..models import AuthorizationCode, Client, ClientSecret, ClientType, Connection, Membership, TokenFamily
from ..models.organization import MANAGERS
from ..prepared import Entry, Spending
from ..secret_values import AUTHORIZATION_CODE, RefreshClaim
from . import codes, families, token_pairs, tokens
from .token_clients import TokenClient
from .token_pairs import Lifetimes, TokenPair

_client, _secret, _connection = table_of(Client), table_of(ClientSecret), table_of(Connection)
_membership, _family, _code = table_of(Membership), table_of(TokenFamily), table_of(AuthorizationCode)


class Redeemed(NamedTuple):
    """What was issued, the number of the client's row, and that of the secret that it presented."""

    pair: TokenPair
    client_id: int
    secret_id: int


def _in_order(connection_id: ColumnElement[Any], scope: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """The client is who it says, may have tokens, and is still allowed exactly ``scope`` by somebody who may allow it."""
    return (
        _client.c.client_id == bindparam("client_id"),
        _client.c.client_type == ClientType.CONFIDENTIAL,
        _client.c.suspended_at.is_(None),
        _client.c.deleted_at.is_(None),
        _client.c.access_token_ttl.is_(None),
        _client.c.refresh_token_ttl.is_(None),
        _secret.c.client_id == _client.c.id,
        _secret.c.fingerprint == bindparam("secret"),
        _secret.c.retired_at.is_(None),
        _connection.c.id == connection_id,
        _connection.c.client_id == _client.c.id,
        _connection.c.scope == scope,
        _connection.c.ended_at.is_(None),
        _connection.c.ends_at.is_(None),
        _membership.c.organization_id == _connection.c.organization_id,
        _membership.c.user_id == _connection.c.user_id,
        or_(*(_membership.c.role == role for role in MANAGERS)),
    )


def _spending(
    spend: Update, *entries: Entry, together: ColumnElement[bool], returning: Sequence[ColumnElement[Any]]
) -> Spending:
    """A Spending; it returns the numbers of the client and of its secret too."""
    who = {"client": _secret.c.client_id, "secret_id": _secret.c.id}
    # SQLite's RETURNING sees no table but the one that is updated.
    by_secret = {
        name: select(column).where(_secret.c.fingerprint == bindparam("secret")).scalar_subquery()
        for name, column in who.items()
    }
    joined, looked_up = ([*returning, *(value.label(name) for name, value in values.items())] for values in (who, by_secret))
    return Spending(spend, *entries, together=together, returning=joined, on_sqlite=looked_up)


_EXCHANGE = _spending(
    codes.SPEND.where(
        _code.c.client_id == _client.c.id,
        _code.c.expires_at > bindparam("at"),
        func.coalesce(_code.c.redirect_uri, "") == bindparam("redirect_uri"),
        func.coalesce(_code.c.code_challenge, "") == bindparam("code_challenge"),
        *_in_order(_code.c.connection_id, _code.c.scope),
    ),
    tokens.FAMILY_ENTRY,
    tokens.ACCESS_TOKEN_ENTRY,
    together=_code.c.fingerprint == bindparam("code"),
    returning=(
        _code.c.connection_id.label("connection"),
        _code.c.resource.label("audience"),
        _code.c.scope.label("access_scope"),
    ),
)
_REFRESH = _spending(
    tokens.ROTATE.where(
        _family.c.expires_at > bindparam("at"),
        _family.c.created_at >= bindparam("oldest_start"),
        *_in_order(_family.c.connection_id, _family.c.scope),
    ),
    tokens.ACCESS_TOKEN_ENTRY,
    together=_family.c.id == bindparam("family"),
    returning=(_family.c.scope.label("access_scope"),),
)


def exchange(
    client_id: str, secret: str, code: str, *, redirect_uri: str, code_challenge: str, lifetimes: Lifetimes
) -> Redeemed | None:
    """The first pair of a new family for ``code``.

    :param redirect_uri: as the token request has it; empty when it has none.
    :param code_challenge: of the verifier that is presented (RFC 7636); empty when none is.
    """
    if not secret_values.is_well_formed(AUTHORIZATION_CODE, code):
        return None
    claim = RefreshClaim(families.new_id(), 0)
    spent = {
        "code": secret_values.fingerprint(code), "redirect_uri": redirect_uri, "code_challenge": code_challenge,
    }  # fmt: skip
    return _redeem(_EXCHANGE, spent, claim, code, TokenClient.parameters(client_id, secret), os.urandom(32), lifetimes)


def refresh(client_id: str, secret: str, token: str, *, lifetimes: Lifetimes) -> Redeemed | None:
    """The next pair for the present refresh token of a family."""
    claim = secret_values.read_refresh_token(token, keys=lifetimes.keys)
    if claim is None:
        return None
    salt = os.urandom(32)
    spent = {"spent": claim.generation, "presented": secret_values.fingerprint(token), "salt": salt}
    following = RefreshClaim(claim.family_id, claim.generation + 1)
    return _redeem(_REFRESH, spent, following, token, TokenClient.parameters(client_id, secret), salt, lifetimes)


def _redeem(
    statement: Spending, spent: dict[str, Any], claim: RefreshClaim, origin: str, client: dict[str, Any], salt: bytes,
    lifetimes: Lifetimes,
) -> Redeemed | None:  # fmt: skip
    at = now()
    lifetime = lifetimes.ordinary(made_at=at)
    oldest_start = lifetimes.oldest_start(lifetime)
    if oldest_start > at:
        return None
    pair = token_pairs.derive(claim, salt=salt, origin=origin, key=lifetimes.keys[0], scope="", lifetime=lifetime)
    issued = statement.run({**spent, **client, **tokens.stored(claim, pair), "oldest_start": oldest_start})
    if issued is None:
        return None
    return Redeemed(pair.with_scope(issued["access_scope"]), issued["client"], issued["secret_id"])
