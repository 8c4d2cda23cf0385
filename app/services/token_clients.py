"""The client of a token request, read together with the code or token that it presents: one SELECT for both."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, bindparam, select

from .. import secret_values
from ..database import table_of
from ..models import Client, ClientSecret, ClientType
from ..prepared import Query
from ..secret_values import CLIENT_SECRET

_client, _secret = table_of(Client), table_of(ClientSecret)
_COLUMNS = (
    _client.c.id, _client.c.client_id, _client.c.name, _client.c.client_type, _client.c.scope, _client.c.suspended_at,
    _client.c.organization_id, _client.c.deleted_at, _client.c.allows_query_credentials,
    _client.c.access_token_ttl, _client.c.refresh_token_ttl, _secret.c.id.label("secret_id"),
)  # fmt: skip
_NO_FINGERPRINT = b""


class TokenClient(NamedTuple):
    """A client that presents itself at the token endpoint.

    Deleted ones are found too, so that their former owner can be told.

    :param secret_id: the live secret of this client that was presented; None when none fits.
    """

    id: int
    client_id: str
    name: str
    client_type: ClientType
    scope: str
    suspended_at: datetime | None
    organization_id: int | None
    deleted_at: datetime | None
    allows_query_credentials: bool
    access_token_ttl: int | None
    refresh_token_ttl: int | None
    secret_id: int | None

    @property
    def is_resource_server(self) -> bool:
        return self.client_type is ClientType.RESOURCE_SERVER

    @property
    def is_public(self) -> bool:
        return self.client_type is ClientType.PUBLIC

    @staticmethod
    def parameters(client_id: str, secret: str | None) -> dict[str, Any]:
        """Values for a statement made by select_client()."""
        if secret is None or not secret_values.is_well_formed(CLIENT_SECRET, secret):
            return {"client_id": client_id, "secret": _NO_FINGERPRINT}
        return {"client_id": client_id, "secret": secret_values.fingerprint(secret)}

    @classmethod
    def split(cls, row: tuple[Any, ...]) -> tuple["TokenClient", tuple[Any, ...]]:
        """The client in a row of select_client(), and the columns after it."""
        return cls(*row[: len(_COLUMNS)]), row[len(_COLUMNS) :]


def select_client(*columns: ColumnElement[Any], joins: Callable[[FromClause], FromClause] = lambda source: source) -> Query:
    """A SELECT of the client ``:client_id``, its secret with the fingerprint ``:secret``, and ``columns``."""
    source = _client.outerjoin(
        _secret,
        (_secret.c.client_id == _client.c.id)
        & (_secret.c.fingerprint == bindparam("secret"))
        & _secret.c.retired_at.is_(None),
    )
    return Query(select(*_COLUMNS, *columns).select_from(joins(source)).where(_client.c.client_id == bindparam("client_id")))


_LOOK_UP = select_client()


def look_up(client_id: str, secret: str | None) -> TokenClient | None:
    """The client that presents itself, with nothing else."""
    row = _LOOK_UP.first(TokenClient.parameters(client_id, secret))
    return TokenClient.split(row)[0] if row is not None else None
