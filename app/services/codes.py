"""Authorization codes: issued on approval, spent once, and the end of what came from one that is spent twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import bindparam, insert, select, update

from .. import secret_values
from ..clock import now
from ..database import table_of
from ..extensions import db
from ..models import AuthorizationCode, Client, Connection, EndReason, Membership
from ..models.organization import MANAGERS, Role
from ..secret_values import AUTHORIZATION_CODE
from ..words import N_
from . import audit, families, refusals
from .audit import AuditKind
from .refusals import GrantRefused
from .token_clients import TokenClient, select_client

_code, _connection, _membership = table_of(AuthorizationCode), table_of(Connection), table_of(Membership)


@dataclass(frozen=True)
class FoundCode:
    """A code of this server, whoever presents it, as it was read."""

    fingerprint: bytes
    client_id: int
    connection_id: int
    organization_id: int
    redirect_uri: str | None
    scope: str
    held_scope: str
    resource: str | None
    code_challenge: str | None
    expires_at: datetime
    spent_at: datetime | None
    family_id: int | None
    connection_ended_at: datetime | None
    end_reason: EndReason | None
    role: Role | None
    connection_ends_at: datetime | None


_LOOK_UP = select_client(
    _code.c.fingerprint,
    _code.c.client_id,
    _code.c.connection_id,
    _connection.c.organization_id,
    _code.c.redirect_uri,
    _code.c.scope,
    _connection.c.scope,
    _code.c.resource,
    _code.c.code_challenge,
    _code.c.expires_at,
    _code.c.spent_at,
    _code.c.family_id,
    _connection.c.ended_at,
    _connection.c.end_reason,
    _membership.c.role,
    _connection.c.ends_at,
    joins=lambda source: (
        source.outerjoin(_code, _code.c.fingerprint == bindparam("code"))
        .outerjoin(_connection, _connection.c.id == _code.c.connection_id)
        .outerjoin(
            _membership,
            (_membership.c.organization_id == _connection.c.organization_id)
            & (_membership.c.user_id == _connection.c.user_id),
        )
    ),
)  # fmt: skip

# Spent by tokens.issue(), in one statement with what is issued for it.
SPEND = (
    update(_code)
    .where(_code.c.fingerprint == bindparam("code"), _code.c.spent_at.is_(None))
    .values(spent_at=bindparam("at"), family_id=bindparam("family"))
)
SPENT = _code.c.fingerprint


def issue(
    connection: Connection, *, redirect_uri: str | None, scope: str, code_challenge: str | None,
    resource: str | None, lifetime: int,
) -> str:  # fmt: skip
    """Make a code for ``connection`` and return it.

    :param redirect_uri: as the request had it; None when it was left out (RFC 6749 section 4.1.3).
    :param lifetime: seconds.
    """
    plain = secret_values.generate(AUTHORIZATION_CODE)
    db.session.execute(
        insert(_code).values(
            fingerprint=secret_values.fingerprint(plain),
            client_id=connection.client_id,
            connection_id=connection.id,
            redirect_uri=redirect_uri,
            scope=scope,
            resource=resource,
            code_challenge=code_challenge,
            created_at=now(),
            expires_at=now() + timedelta(seconds=lifetime),
        )
    )
    return plain


def look_up(client_id: str, secret: str | None, code: str) -> tuple[TokenClient | None, FoundCode | None]:
    """The client that presents ``code`` and the code itself, in one SELECT."""
    if not secret_values.is_well_formed(AUTHORIZATION_CODE, code):
        code = ""
    row = _LOOK_UP.first(TokenClient.parameters(client_id, secret) | {"code": secret_values.fingerprint(code)})
    if row is None:
        return None, None
    client, rest = TokenClient.split(row)
    return client, FoundCode(*rest) if rest[0] is not None else None


def check_spendable(found: FoundCode) -> None:
    """:raises GrantRefused: ``found`` has expired, its connection has ended, or who approved it has left."""
    if found.expires_at <= now():
        raise GrantRefused(N_("The authorization code has expired."))
    if found.connection_ended_at is not None:
        raise GrantRefused(N_("The connection has ended."), reason=found.end_reason)
    refusals.check_end_date(found.connection_ends_at)
    if found.role is None or found.role not in MANAGERS:
        raise GrantRefused(N_("The person who approved the access has left."), reason=EndReason.MEMBER_LEFT)


def refuse_spent(found: FoundCode, client: Client | TokenClient) -> NoReturn:
    """End what came from ``found``, which was used before.

    :raises GrantRefused: always.
    """
    _end_what_came_from(found, client)
    raise GrantRefused(N_("The authorization code was used before; what came from it is revoked."))


def _end_what_came_from(found: FoundCode, client: Client | TokenClient) -> None:
    family_id = db.session.scalar(select(_code.c.family_id).where(_code.c.fingerprint == found.fingerprint))
    if family_id is not None:
        families.end(family_id, because=EndReason.REUSE_DETECTED)
    audit.record(
        AuditKind.CODE_REPLAYED, organization_id=found.organization_id, subject=client.name, client_id=client.client_id
    )
