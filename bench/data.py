"""What the database holds under load: apps, organizations, and live connections with their tokens."""

import itertools
import math
import os
import random
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, insert, text

from app import secret_values
from app.clock import now
from app.database import Base, table_of
from app.models import (
    AccessToken,
    AuthorizationCode,
    Client,
    ClientSecret,
    ClientType,
    Connection,
    Membership,
    Organization,
    TokenFamily,
    User,
)
from app.models.organization import Role
from app.secret_values import ACCESS_TOKEN, AUTHORIZATION_CODE, CLIENT_SECRET, RefreshClaim

SCOPE = "UseRestApi"
CALLBACK = "https://partner.example/callback"
# So many tokens are used by the load; of the others only fingerprints exist.
USED = 50_000
_BATCH = 5_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Partner:
    """An app. :param id: its row."""

    id: int
    client_id: str
    secret: str


@dataclass(frozen=True)
class LiveToken:
    """The tokens of one connection."""

    partner: Partner
    connection_id: int
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class Data:
    """What the load knows of the database's content.

    :param tokens: those that are never refreshed, so that their access tokens stay.
    :param unrefreshed: the others, of which each round of refreshes takes some.
    """

    engine: Engine
    tokens: Sequence[LiveToken]
    unrefreshed: list[LiveToken]

    def add_codes(self, count: int) -> list[tuple[Partner, str]]:
        """Put ``count`` fresh authorization codes in; return each with the app that may exchange it."""
        tokens = list(itertools.islice(itertools.cycle(self.tokens), count))
        codes = [secret_values.generate(AUTHORIZATION_CODE) for _ in tokens]
        _load(self.engine, AuthorizationCode, (
            {"fingerprint": secret_values.fingerprint(code), "client_id": token.partner.id, "scope": SCOPE,
             "connection_id": token.connection_id, "redirect_uri": CALLBACK, "expires_at": now() + timedelta(minutes=10)}
            for token, code in zip(tokens, codes, strict=True)
        ))  # fmt: skip
        return [(token.partner, code) for token, code in zip(tokens, codes, strict=True)]


def fill(engine: Engine, count: int, *, refresh_key: bytes) -> Data:
    """Put ``count`` live connections in, each with a family and its access token, spread over many apps.

    :param refresh_key: the server's key for refresh tokens.
    """
    partners = _add_partners(engine, math.ceil(math.sqrt(count)))
    _add_organizations(engine, math.ceil(count / len(partners)))
    families = [secrets.randbits(62) for _ in range(count)]
    used = {
        number: _tokens_of(partners[number % len(partners)], number, families[number - 1], refresh_key)
        for number in random.sample(range(1, count + 1), min(count, USED))
    }
    later = now() + timedelta(days=1)

    def rows(make: Any) -> Iterator[Row]:
        return (make(number, used.get(number)) for number in range(1, count + 1))

    _load(engine, Connection, rows(lambda number, _: {
        "id": number, "organization_id": number // len(partners) + 1, "client_id": partners[number % len(partners)].id,
        "user_id": number // len(partners) + 1, "scope": SCOPE,
    }))  # fmt: skip
    _load(engine, TokenFamily, rows(lambda number, token: {
        "id": families[number - 1], "connection_id": number, "scope": SCOPE, "expires_at": later,
        "refresh_fingerprint": _fingerprint(token and token.refresh_token),
    }))  # fmt: skip
    _load(engine, AccessToken, rows(lambda number, token: {
        "fingerprint": _fingerprint(token and token.access_token), "family_id": families[number - 1], "slot": 0,
        "scope": SCOPE, "expires_at": later,
    }))  # fmt: skip
    _settle(engine)
    live = list(used.values())
    return Data(engine, live[: len(live) // 2], live[len(live) // 2 :])


def _fingerprint(secret: str | None) -> bytes:
    return secret_values.fingerprint(secret) if secret else os.urandom(32)


def _tokens_of(partner: Partner, connection_id: int, family_id: int, key: bytes) -> LiveToken:
    return LiveToken(
        partner,
        connection_id,
        secret_values.generate(ACCESS_TOKEN),
        secret_values.derive_refresh_token(RefreshClaim(family_id, 0), salt=os.urandom(32), origin="bench", key=key),
    )


def _add_partners(engine: Engine, count: int) -> list[Partner]:
    partners = [
        Partner(number, secrets.token_hex(16), secret_values.generate(CLIENT_SECRET)) for number in range(1, count + 1)
    ]
    _load(engine, Organization, [{"id": 1, "name": "The partners' own"}])
    _load(engine, Client, (
        {"id": partner.id, "client_id": partner.client_id, "organization_id": 1, "name": f"App {partner.id}",
         "client_type": ClientType.CONFIDENTIAL, "scope": SCOPE}
        for partner in partners
    ))  # fmt: skip
    _load(engine, ClientSecret, (
        {"client_id": partner.id, "fingerprint": secret_values.fingerprint(partner.secret),
         "hint": secret_values.hint(partner.secret)}
        for partner in partners
    ))  # fmt: skip
    return partners


def _add_organizations(engine: Engine, count: int) -> None:
    """Organizations from number 2 on; the first is there."""
    ids = range(1, count + 2)
    _load(engine, Organization, ({"id": number, "name": f"Organization {number}"} for number in ids if number > 1))
    _load(engine, User, ({"id": number, "email": f"owner{number}@example.org", "password_hash": "!"} for number in ids))
    _load(engine, Membership, ({"organization_id": number, "user_id": number, "role": Role.OWNER} for number in ids))


def _load(engine: Engine, model: type[Base], rows: Iterable[Row]) -> None:
    """Insert ``rows`` in large steps; columns that they leave out get their defaults."""
    remaining = iter(rows)
    with engine.begin() as connection:
        while batch := list(itertools.islice(remaining, _BATCH)):
            connection.execute(insert(table_of(model)), batch)


def _settle(engine: Engine) -> None:
    """Statistics and a checkpoint now, so that neither falls into a measurement by chance."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM"))
            connection.execute(text("CHECKPOINT"))
