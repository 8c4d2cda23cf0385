"""API keys: credentials that an organization makes for its own scripts."""

from sqlalchemy import select

from .. import scopes, secret_values
from ..clock import now
from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import ApiKey, Organization, User
from ..secret_values import API_KEY, Issued
from . import audit
from .audit import AuditKind


def create(organization: Organization, *, author: User | None, label: str, scope: str) -> Issued[ApiKey]:
    """Make a key that opens ``scope``; the secret is shown once.

    :raises Invalid: the label or a scope is not acceptable.
    """
    label = " ".join(label.split())
    if not 1 <= len(label) <= 80 or not label.isprintable():
        raise Invalid({"label": ["A label has 1 to 80 printable characters."]})
    try:
        checked = scopes.check(scope)
    except scopes.UnknownScope as error:
        raise Invalid({"scope": [error.detail]}) from error
    plain = secret_values.generate(API_KEY)
    key = ApiKey(
        organization=organization,
        author=author,
        label=label,
        prefix=secret_values.hint(plain),
        fingerprint=secret_values.fingerprint(plain),
        scope=checked,
    )
    db.session.add(key)
    db.session.flush()
    audit.record(AuditKind.API_KEY_MADE, organization_id=organization.id, subject=label, prefix=key.prefix, scope=checked)
    return Issued(key, plain)


def get(organization: Organization, prefix: str) -> ApiKey:
    """:raises NotFound: ``organization`` has no key that begins with ``prefix``."""
    key = db.session.scalar(select(ApiKey).where(ApiKey.organization_id == organization.id, ApiKey.prefix == prefix))
    if key is None:
        raise NotFound(f"There is no API key that begins with '{prefix}'.")
    return key


def revoke(key: ApiKey) -> None:
    """End ``key``, from the next call on."""
    if key.revoked_at is None:
        key.revoked_at = now()
        audit.record(AuditKind.API_KEY_REVOKED, organization_id=key.organization_id, subject=key.label, prefix=key.prefix)


def list_of(organization: Organization) -> list[ApiKey]:
    """The keys of ``organization``, the newest first."""
    query = select(ApiKey).where(ApiKey.organization_id == organization.id).order_by(ApiKey.id.desc())
    return list(db.session.scalars(query))
