"""Resource servers: other APIs that trust this server's tokens, and may ask it about any of them (RFC 7662)."""

import secrets as random
from urllib.parse import urlsplit

from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import Client, ClientType, Organization
from . import audit, callbacks, clients, resources
from .audit import AuditKind


def create(organization: Organization, *, name: str, resource: str | None, issuer: str) -> tuple[Client, str]:
    """Make a resource server of ``organization`` and its secret, shown once.

    :param resource: the address by which apps ask for tokens for it (RFC 8707).
    :raises Invalid: the name or address is not acceptable. :raises Conflict: the address is taken.
    """
    if resource is not None:
        _check_resource(resource, issuer=issuer)
    client = Client(
        client_id=random.token_hex(16),
        organization=organization,
        name=clients.checked_name(name),
        client_type=ClientType.RESOURCE_SERVER,
        scope="",
        resource=resource,
    )
    db.session.add(client)
    db.session.flush()
    audit.record(
        AuditKind.APP_REGISTERED, organization_id=organization.id, subject=client.name, client_id=client.client_id,
        resource=resource,
    )  # fmt: skip
    return client, clients.add_secret(client).plain


def _check_resource(resource: str, *, issuer: str) -> None:
    problem = _problem(resource)
    if problem:
        raise Invalid({"resource": [f"A resource's address {problem}"]})
    if resources.opens_api(resource.rstrip("/"), issuer=issuer):
        raise Conflict("This address is a name of this server's own API.")
    if resources.find_server(resource) is not None:
        raise Conflict("There is a resource server with this address already.")


def _problem(resource: str) -> str | None:
    if len(resource) > 2000 or not resource.isascii() or not resource.isprintable() or " " in resource:
        return "has at most 2000 printable ASCII characters, without spaces."
    try:
        parts = urlsplit(resource)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must be absolute, such as https://api.example.com."
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not callbacks.is_loopback(host)):
        return "begins with https://, or with http:// on this computer."
    if "#" in resource or "@" in parts.netloc:
        return "has no fragment and no user name (RFC 8707 section 2)."
    return None
