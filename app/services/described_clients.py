"""Clients that describe themselves by a metadata document: kept as rows without an organization, read again in time.

They are suspended and deleted like registered apps, by ``client_id``; a deleted one is not read again.
"""

from datetime import timedelta

from sqlalchemy import delete, exists, select

from .. import scopes
from ..clock import now
from ..database import changed, reading, table_of, upsert
from ..errors import Unavailable
from ..extensions import db
from ..models import CallbackUrl, Client, ClientEvent, ClientType, Connection
from ..rates import Rate
from ..words import N_
from . import rate_limits
from .client_documents import ClientDocument, DocumentRefused
from .rate_limits import Counters

# What is asked for when neither the request nor the document names anything: to look, at what is in the account.
# Nothing is changed and nothing is sent. A client that needs more learns each missing scope by name from the API's 403,
# and asks for it; full access is never what somebody gets for not saying.
USUAL_SCOPE = scopes.join((scopes.READ_CONTACTS.name, scopes.READ_ACTIVITY.name))
EVERYTHING = scopes.join(scope.name for scope in scopes.SCOPES)

# Strangers choose what is fetched, so neither they nor the addresses that they choose get much of it. Failures are not
# remembered (the draft's section 5.2 forbids it); these limits do what remembering them would.
_BY_ADDRESS = Rate(10, 1, "minute")
_BY_HOST = Rate(60, 1, "minute")

_UNUSED_KEPT = timedelta(days=1)
_STEP = 20

_client, _callback, _event = table_of(Client), table_of(CallbackUrl), table_of(ClientEvent)
_STATE = select(_client.c.metadata_expires_at, _client.c.suspended_at, _client.c.deleted_at)


def usual_scope(client: Client) -> str:
    """What ``client`` asks for when its request doesn't say: all that it registered, or the usual for one that never did."""
    return client.scope or USUAL_SCOPE


def may_ask(client: Client, scope: str) -> bool:
    """Whether ``client`` registered all of ``scope``; a described one whose document names nothing may ask for anything."""
    return scopes.covers(client.scope or (EVERYTHING if client.is_described else ""), scope)


def must_be_read(client_id: str) -> bool:
    """Whether the document at ``client_id`` is unknown, or was read too long ago; a suspended client's is left alone.

    :raises DocumentRefused: the client was deleted here.
    """
    with reading() as connection:
        row = connection.execute(_STATE.where(_client.c.client_id == client_id)).fetchone()
    if row is None:
        return True
    expires_at, suspended_at, deleted_at = row
    if deleted_at is not None:
        raise DocumentRefused(N_("This client was removed by the people who run this server."))
    return suspended_at is None and expires_at is not None and expires_at <= now()


def take_turn(counters: Counters, *, requester: str, host: str) -> None:
    """Count one fetch that ``requester`` causes. :raises TooManyRequests: it, or ``host``, has had enough of them."""
    rate_limits.take(counters, _BY_ADDRESS, "client metadata for", requester)
    rate_limits.take(counters, _BY_HOST, "client metadata from", host)


def keep(document: ClientDocument) -> None:
    """Make the client that ``document`` describes, or bring it up to date. What it was granted stays as it is."""
    _forget_unused()
    for _ in range(2):
        client = _locked(document)
        if client is not None:
            break
    else:
        raise Unavailable
    client.name, client.scope = document.name, document.scope
    client.metadata_expires_at = now() + timedelta(seconds=document.keep_for)
    kept = [callback for callback in client.callback_urls if callback.url in document.callback_urls]
    known = {callback.url for callback in kept}
    client.callback_urls = kept + [CallbackUrl(url=url) for url in document.callback_urls if url not in known]
    db.session.flush()


def _locked(document: ClientDocument) -> Client | None:
    """The client's row, made when missing; None when another request has just forgotten it."""
    db.session.execute(
        upsert(_client, db.engine.dialect.name)
        .values(
            client_id=document.client_id,
            name=document.name,
            client_type=ClientType.PUBLIC,
            scope=document.scope,
            allows_query_credentials=False,
            metadata_expires_at=now(),
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=[_client.c.client_id])
    )
    return db.session.scalar(select(Client).where(Client.client_id == document.client_id).with_for_update())


def _forget_unused() -> None:
    """Delete a few clients that came once and were never approved: strangers must not fill the table."""
    unused = (
        _client.c.metadata_expires_at.is_not(None)
        & (_client.c.metadata_expires_at < now() - _UNUSED_KEPT)
        & _client.c.suspended_at.is_(None)
        & _client.c.deleted_at.is_(None)
        & ~exists().where(Connection.client_id == _client.c.id)
    )
    query = select(_client.c.id).where(unused).limit(_STEP).with_for_update(skip_locked=True)
    numbers = list(db.session.scalars(query))
    if numbers:
        for table, column in ((_callback, _callback.c.client_id), (_event, _event.c.client_id), (_client, _client.c.id)):
            changed(delete(table).where(column.in_(numbers)))
