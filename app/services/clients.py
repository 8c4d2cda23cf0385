"""Partner apps: registering them, recognizing them at the token endpoint, suspending and deleting them."""

import secrets as random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from .. import secret_values
from ..clock import now
from ..errors import Conflict, Invalid, NotFound
from ..extensions import db
from ..models import CallbackUrl, Client, ClientSecret, ClientType, Organization
from ..models.connection import EndReason
from ..secret_values import CLIENT_SECRET, Issued
from ..words import N_, sentence
from . import audit, connections, locks, logos
from .audit import AuditKind
from .client_settings import Registration, name_problem

LIVE_SECRETS = 2


def register(
    organization: Organization, *, name: str, callback_urls: Sequence[str], scope: str, public: bool = False
) -> tuple[Client, str | None]:
    """Make an app of ``organization``; a confidential one comes with its secret, shown once.

    :param scope: the rights or scopes that it may ask for, space-separated.
    :raises Invalid: a name, callback URL or scope is not acceptable.
    """
    wanted = Registration(name=name, callback_urls=callback_urls, scope=scope, public=public).checked()
    client = Client(
        client_id=random.token_hex(16),
        organization=organization,
        name=wanted.name,
        client_type=ClientType.PUBLIC if public else ClientType.CONFIDENTIAL,
        scope=wanted.scope,
        callback_urls=[CallbackUrl(url=url) for url in wanted.callback_urls],
    )
    db.session.add(client)
    db.session.flush()
    _record(AuditKind.APP_REGISTERED, client)
    return client, None if public else add_secret(client).plain


def add_secret(client: Client) -> Issued[ClientSecret]:
    """Make one more secret for ``client``.

    :raises Conflict: it has two live ones already.
    """
    if client.is_public:
        raise Conflict(N_("A public app has no secret: it proves each request with PKCE."))
    if len(live_secrets(client)) >= LIVE_SECRETS:
        raise Conflict(N_("An app has at most two live secrets. Retire one first."))
    plain = secret_values.generate(CLIENT_SECRET)
    secret = ClientSecret(client=client, fingerprint=secret_values.fingerprint(plain), hint=secret_values.hint(plain))
    db.session.add(secret)
    _record(AuditKind.SECRET_MADE, client, secret=secret.hint)
    return Issued(secret, plain)


def live_secrets(client: Client) -> list[ClientSecret]:
    """The secrets with which ``client`` can prove itself, the oldest first."""
    return [secret for secret in client.secrets if secret.retired_at is None]


def retire_secret(client: Client, hint: str) -> ClientSecret:
    """End the live secret of ``client`` that begins with ``hint``; tokens issued with it live on.

    :raises NotFound: there is no such live secret. :raises Conflict: it is the only one.
    """
    live = live_secrets(client)
    chosen = next((secret for secret in live if secret.hint == hint), None)
    if chosen is None:
        raise NotFound(sentence("The app has no live secret that begins with '%(hint)s'.", hint=hint))
    if len(live) == 1:
        raise Conflict(N_("This is the app's only secret. Make a new one first."))
    chosen.retired_at = now()
    _record(AuditKind.SECRET_RETIRED, client, secret=chosen.hint)
    return chosen


def find(client_id: str) -> Client | None:
    """The app with this public identifier, unless deleted."""
    return db.session.scalar(select(Client).where(Client.client_id == client_id, Client.deleted_at.is_(None)))


def get(client_id: str) -> Client:
    """:raises NotFound: no such app, or deleted."""
    client = find(client_id)
    if client is None:
        raise NotFound(sentence("There is no app with the client id '%(client_id)s'.", client_id=client_id))
    return client


def has_callback(client_id: int, url: str) -> bool:
    """Whether ``url`` is among the registered callback URLs of the client numbered ``client_id``."""
    return url in db.session.scalars(select(CallbackUrl.url).where(CallbackUrl.client_id == client_id)).all()


def get_of(organization: Organization, client_id: str) -> Client:
    """:raises NotFound: ``organization`` has no such app, or it was deleted."""
    client = find(client_id)
    if client is None or client.organization_id != organization.id or client.client_type is ClientType.RESOURCE_SERVER:
        raise NotFound(N_("There is no such app here."))
    return client


def search(organization: Organization, words: str, *, limit: int, before: int | None = None) -> Sequence[Client]:
    """The apps of ``organization`` whose name or client id contains ``words``, the newest first.

    :param before: the number of the last app already seen.
    """
    query = select(Client).where(
        Client.organization_id == organization.id,
        Client.deleted_at.is_(None),
        Client.client_type != ClientType.RESOURCE_SERVER,
    )
    if words:
        columns = (Client.name, Client.consent_name, Client.client_id)
        query = query.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    if before is not None:
        query = query.where(Client.id < before)
    return db.session.scalars(query.order_by(Client.id.desc()).limit(limit)).all()


def list_of(organization: Organization | None) -> Sequence[Client]:
    """The apps of ``organization``, or all of them, the newest first; deleted ones left out."""
    query = select(Client).where(Client.deleted_at.is_(None)).order_by(Client.id.desc())
    if organization is not None:
        query = query.where(Client.organization_id == organization.id)
    return db.session.scalars(query).all()


def suspend(client: Client) -> None:
    """Let nothing of this app work until it is resumed; its tokens are kept."""
    if client.suspended_at is None:
        client.suspended_at = now()
        _record(AuditKind.APP_SUSPENDED, client)


def resume(client: Client) -> None:
    """Let a suspended app's tokens work again."""
    if client.suspended_at is not None:
        client.suspended_at = None
        _record(AuditKind.APP_RESUMED, client)


def delete(client: Client) -> int:
    """Remove the app; everything that was issued to it stops working now.

    :returns: how many connections ended.
    """
    # Whoever is approving it at this moment comes before, and is found, or after, and finds it deleted.
    locks.take([f"client {client.id}"])
    ended = connections.list_of_client(client)
    for connection in ended:
        connections.revoke(connection, because=EndReason.APP_DELETED)
    client.deleted_at = now()
    logos.remove(client)
    _record(AuditKind.APP_DELETED, client, connections=len(ended))
    return len(ended)


def _record(kind: AuditKind, client: Client, **detail: Any) -> None:
    audit.record(kind, organization_id=client.organization_id, subject=client.name, client_id=client.client_id, **detail)


def checked_name(name: str) -> str:
    """``name`` with single spaces. :raises Invalid: it is not a readable name."""
    name = " ".join(name.split())
    if sentence := name_problem(name):
        raise Invalid({"name": [sentence]})
    return name
