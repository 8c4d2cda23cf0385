"""Token pairs: issued for a spent code, rotated on refresh.

A refresh spends the family's present generation by one conditional UPDATE and derives the next pair from the token
that the client presented and a fresh salt. While the grace window is open, the predecessor derives the same pair
again, so that a lost answer or a race costs nobody the connection; afterwards it ends the family (RFC 9700 4.14.2).
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from .. import scopes, secret_values
from ..clock import now
from ..database import table_of
from ..extensions import db
from ..models import AccessToken, Connection, EndReason, Membership, TokenFamily
from ..models.organization import MANAGERS, Role
from ..prepared import Entry, Spending
from ..secret_values import RefreshClaim
from ..words import N_
from . import audit, codes, families, refusals, token_pairs
from .audit import AuditKind
from .codes import FoundCode
from .refusals import GrantRefused, ScopeTakenBack
from .token_clients import TokenClient, select_client
from .token_pairs import Lifetimes, PairLifetime, TokenPair

_family, _connection = table_of(TokenFamily), table_of(Connection)
_membership, _token = table_of(Membership), table_of(AccessToken)


# Used in turn: the predecessor's access token lives on, the one before it is overwritten.
SLOTS = 2


@dataclass(frozen=True)
class FoundFamily:
    """The family that a genuine refresh token names, with everything that may have ended it, as it was read."""

    id: int
    client_id: int
    organization_id: int
    scope: str
    resource: str | None
    held_scope: str
    generation: int
    refresh_fingerprint: bytes
    previous_fingerprint: bytes | None
    rotation_salt: bytes | None
    rotated_at: datetime
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    role: Role | None
    connection_ends_at: datetime | None


_LOOK_UP = select_client(
    _family.c.id,
    _connection.c.client_id,
    _connection.c.organization_id,
    _family.c.scope,
    _family.c.resource,
    _connection.c.scope,
    _family.c.generation,
    _family.c.refresh_fingerprint,
    _family.c.previous_fingerprint,
    _family.c.rotation_salt,
    _family.c.rotated_at,
    _family.c.created_at,
    _family.c.expires_at,
    # A family that came into being while its connection was being ended has no end of its own.
    func.coalesce(_family.c.ended_at, _connection.c.ended_at),
    func.coalesce(_family.c.end_reason, _connection.c.end_reason),
    _membership.c.role,
    _connection.c.ends_at,
    joins=lambda source: (
        source.outerjoin(_family, _family.c.id == bindparam("family"))
        .outerjoin(_connection, _connection.c.id == _family.c.connection_id)
        .outerjoin(
            _membership,
            (_membership.c.organization_id == _connection.c.organization_id)
            & (_membership.c.user_id == _connection.c.user_id),
        )
    ),
)  # fmt: skip

# Also for ``redeeming``, which spends under more conditions.
ROTATE = (
    update(_family)
    .where(
        _family.c.id == bindparam("family"),
        _family.c.generation == bindparam("spent"),
        _family.c.refresh_fingerprint == bindparam("presented"),
        _family.c.ended_at.is_(None),
    )
    .values(
        generation=bindparam("next"),
        refresh_fingerprint=bindparam("successor"),
        previous_fingerprint=bindparam("presented"),
        rotation_salt=bindparam("salt"),
        rotated_at=bindparam("at"),
        expires_at=bindparam("until"),
    )
)
# Nothing is issued but for what the same statement spends.
ACCESS_TOKEN_ENTRY = Entry(
    _token,
    {
        "fingerprint": "access_fingerprint",
        "family_id": "family",
        "slot": "access_slot",
        "scope": "access_scope",
        "created_at": "at",
        "expires_at": "access_until",
    },
    replaces=("family_id", "slot"),
)
FAMILY_ENTRY = Entry(
    _family,
    {
        "id": "family",
        "connection_id": "connection",
        "scope": "access_scope",
        "resource": "audience",
        "generation": "next",
        "refresh_fingerprint": "successor",
        "created_at": "at",
        "rotated_at": "at",
        "expires_at": "until",
    },
)
_ADVANCE = Spending(ROTATE, ACCESS_TOKEN_ENTRY, returning=[_family.c.id])
_START = Spending(codes.SPEND, FAMILY_ENTRY, ACCESS_TOKEN_ENTRY, returning=[codes.SPENT])


def issue(found: FoundCode, code: str, client: TokenClient, lifetimes: Lifetimes) -> TokenPair:
    """Spend a code for the first pair of a new family; of simultaneous attempts one succeeds.

    :raises GrantRefused: the code was spent before (what came from it ends), has expired, its connection has ended, or
        the owner has taken back everything that it stands for.
    """
    codes.check_spendable(found)
    at, salt, claim = now(), os.urandom(32), RefreshClaim(families.new_id(), 0)
    lifetime = lifetimes.of_pair(client, made_at=at, started_at=at, ends_at=found.connection_ends_at)
    scope = _left_of(found, asked=None)
    pair = token_pairs.derive(claim, salt=salt, origin=code, key=lifetimes.keys[0], scope=scope, lifetime=lifetime)
    spent = {"code": found.fingerprint, "connection": found.connection_id, "audience": found.resource}
    if _START.run(spent | stored(claim, pair)) is None:
        codes.refuse_spent(found, client)
    return pair


def stored(claim: RefreshClaim, pair: TokenPair) -> dict[str, Any]:
    """What the database keeps of ``pair``."""
    return {
        "family": claim.family_id,
        "next": claim.generation,
        "successor": secret_values.fingerprint(pair.refresh_token),
        "at": pair.lifetime.made_at,
        "until": pair.lifetime.refresh_until,
        "access_fingerprint": secret_values.fingerprint(pair.access_token),
        "access_slot": claim.generation % SLOTS,
        "access_scope": pair.scope,
        "access_until": pair.lifetime.access_until,
    }


def look_up(
    client_id: str, secret: str | None, token: str, lifetimes: Lifetimes
) -> tuple[TokenClient | None, FoundFamily | None, RefreshClaim | None]:
    """The client that presents ``token``, and the family that the token names when it is genuine: one SELECT."""
    claim = secret_values.read_refresh_token(token, keys=lifetimes.keys)
    row = _LOOK_UP.first(TokenClient.parameters(client_id, secret) | {"family": claim.family_id if claim else -1})
    if row is None:
        return None, None, claim
    client, rest = TokenClient.split(row)
    return client, FoundFamily(*rest) if rest[0] is not None else None, claim


def rotate(
    found: FoundFamily, claim: RefreshClaim, token: str, client: TokenClient, *, scope: str | None, lifetimes: Lifetimes
) -> TokenPair:
    """Exchange the present refresh token for the next pair, or hand the same pair to its predecessor again.

    :param scope: what the client asks for now, within what was granted; None for all of it.
    :raises GrantRefused: the family has ended or expired, the owner took back what is asked for, or ``token`` is older
        than the grace window allows, which ends the family.
    """
    _check_alive(found)
    effective = _left_of(found, asked=scope)
    if claim.generation == found.generation:
        pair = _advance(found, claim, token, client, scope=effective, lifetimes=lifetimes)
        if pair is not None:
            return pair
        # Another request was faster; what it left behind decides.
        found = _read_again(found, client)
        _check_alive(found)
    if found.rotation_salt is not None and _is_predecessor(found, claim, token, lifetimes):
        pair = _same_again(found, found.rotation_salt, token, client, lifetimes)
        if pair is not None:
            return pair
        raise GrantRefused(N_("The refresh token is not valid."))
    if claim.generation < found.generation:
        _end_for_reuse(found, client)
        raise GrantRefused(N_("The refresh token was used before; the connection's tokens are revoked."),
                           reason=EndReason.REUSE_DETECTED)  # fmt: skip
    raise GrantRefused(N_("The refresh token is not valid."))


def _check_alive(found: FoundFamily) -> None:
    if found.ended_at is not None:
        raise GrantRefused(N_("Access has ended."), reason=found.end_reason)
    refusals.check_end_date(found.connection_ends_at)
    if found.role is None or found.role not in MANAGERS:
        raise GrantRefused(N_("The person who approved the access has left."), reason=EndReason.MEMBER_LEFT)
    if found.expires_at <= now():
        raise GrantRefused(N_("The refresh token has expired."), reason=EndReason.EXPIRED)


def _left_of(found: FoundCode | FoundFamily, *, asked: str | None) -> str:
    """What the new access token opens: what was granted, or the part asked for, less what the owner took back since.

    Never nothing (RFC 6749 section 3.3). What is refused lives on: the owner may have left it other rights.

    :raises GrantRefused: everything was taken back. :raises ScopeTakenBack: everything asked for was, but not the rest.
    """
    left = scopes.within(found.scope if asked is None else asked, found.held_scope)
    if left:
        return left
    if scopes.common(found.scope, found.held_scope):
        raise ScopeTakenBack
    raise GrantRefused(N_("The owner has taken back everything that was granted."), reason=EndReason.OWNER_DISCONNECTED)


def _advance(
    found: FoundFamily, claim: RefreshClaim, token: str, client: TokenClient, *, scope: str, lifetimes: Lifetimes
) -> TokenPair | None:
    """Spend the present generation; None when another request was faster."""
    at, salt, following = now(), os.urandom(32), RefreshClaim(claim.family_id, claim.generation + 1)
    lifetime = _lifetime(found, client, lifetimes, made_at=at)
    pair = token_pairs.derive(following, salt=salt, origin=token, key=lifetimes.keys[0], scope=scope, lifetime=lifetime)
    spent = {"spent": claim.generation, "presented": secret_values.fingerprint(token), "salt": salt}
    return pair if _ADVANCE.run(spent | stored(following, pair)) is not None else None


def _lifetime(found: FoundFamily, client: TokenClient, lifetimes: Lifetimes, *, made_at: datetime) -> PairLifetime:
    return lifetimes.of_pair(client, made_at=made_at, started_at=found.created_at, ends_at=found.connection_ends_at)


def _read_again(found: FoundFamily, client: TokenClient) -> FoundFamily:
    row = _LOOK_UP.first(TokenClient.parameters(client.client_id, None) | {"family": found.id})
    return FoundFamily(*TokenClient.split(row)[1]) if row is not None else found


def _is_predecessor(found: FoundFamily, claim: RefreshClaim, token: str, lifetimes: Lifetimes) -> bool:
    return (
        claim.generation == found.generation - 1
        and found.previous_fingerprint == secret_values.fingerprint(token)
        and now() <= found.rotated_at + timedelta(seconds=lifetimes.grace)
    )


def _same_again(found: FoundFamily, salt: bytes, token: str, client: TokenClient, lifetimes: Lifetimes) -> TokenPair | None:
    """The pair that the winner got, to the letter; None when the server's keys no longer derive it."""
    claim = RefreshClaim(found.id, found.generation)
    lifetime = _lifetime(found, client, lifetimes, made_at=found.rotated_at)
    in_slot = (_token.c.family_id == found.id) & (_token.c.slot == found.generation % SLOTS)
    scope = scopes.within(db.session.scalar(select(_token.c.scope).where(in_slot)) or found.scope, found.held_scope)
    for key in lifetimes.keys:
        pair = token_pairs.derive(claim, salt=salt, origin=token, key=key, scope=scope, lifetime=lifetime)
        if secret_values.fingerprint(pair.refresh_token) == found.refresh_fingerprint:
            return pair
    return None


def _end_for_reuse(found: FoundFamily, client: TokenClient) -> None:
    families.end(found.id, because=EndReason.REUSE_DETECTED)
    audit.record(
        AuditKind.REUSE_DETECTED, organization_id=found.organization_id, subject=client.name, client_id=client.client_id
    )
