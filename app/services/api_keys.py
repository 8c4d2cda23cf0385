"""API keys: credentials that an organization makes for its own scripts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import joinedload

from .. import scopes, secret_values
from ..clock import now
from ..errors import Conflict, Invalid, NotFound
from ..extensions import db
from ..models import ApiKey, LetterKind, Organization, User
from ..secret_values import API_KEY, Issued
from ..words import N_
from . import account_letters, account_mail, audit
from .audit import AuditKind


def create(
    organization: Organization, *, author: User | None, label: str, scope: str, expires_at: datetime | None = None
) -> Issued[ApiKey]:
    """Make a key that opens ``scope``; the secret is shown once.

    :param scope: rights or scopes, space-separated; empty for the general methods alone.
    :raises Invalid: the label, a scope or the end is not acceptable.
    """
    if expires_at is not None and expires_at <= now():
        raise Invalid({"expires_at": [N_("The end of a key lies in the future.")]})
    key = ApiKey(
        organization=organization,
        author=author,
        label=_checked_label(label),
        scope=_checked_scope(scope),
        expires_at=expires_at,
    )
    issued = _issue(key)
    _record(AuditKind.API_KEY_MADE, key, scope=key.scope)
    _tell_owners(LetterKind.API_KEY_MADE, key)
    return issued


def rotate(key: ApiKey, *, author: User | None, overlap: timedelta) -> Issued[ApiKey]:
    """Make a successor of ``key`` with the same label, scopes and end; ``key`` works on for ``overlap``.

    :raises Conflict: ``key`` does not work any more.
    """
    if key.is_over or key.disabled_at is not None:
        raise Conflict(N_("Only a key that works can be rotated. Make a new one instead."))
    successor = ApiKey(
        organization=key.organization, author=author, label=key.label, scope=key.scope, expires_at=key.expires_at
    )
    issued = _issue(successor)
    ends = now() + overlap
    key.expires_at = min(key.expires_at, ends) if key.expires_at else ends
    _record(AuditKind.API_KEY_ROTATED, key, successor=successor.prefix)
    _tell_owners(LetterKind.API_KEY_ROTATED, successor)
    return issued


def set_enabled(key: ApiKey, enabled: bool) -> None:
    """Switch ``key`` off or on again, from the next call on.

    :raises Conflict: it is revoked or has expired.
    """
    if key.is_over:
        raise Conflict(N_("This key has ended for good."))
    if enabled == (key.disabled_at is None):
        return
    key.disabled_at = None if enabled else now()
    _record(AuditKind.API_KEY_ENABLED if enabled else AuditKind.API_KEY_DISABLED, key)


def revoke(key: ApiKey) -> None:
    """End ``key``, from the next call on."""
    if key.revoked_at is None:
        key.revoked_at = now()
        _record(AuditKind.API_KEY_REVOKED, key)


def get(organization: Organization, key_id: int) -> ApiKey:
    """:raises NotFound: ``organization`` has no key of this number."""
    key = db.session.scalar(select(ApiKey).where(ApiKey.organization_id == organization.id, ApiKey.id == key_id))
    if key is None:
        raise NotFound(N_("There is no such API key."))
    return key


def list_of(organization: Organization) -> Sequence[ApiKey]:
    """The keys of ``organization``, those that work before those that have ended, the newest first."""
    query = select(ApiKey).where(ApiKey.organization_id == organization.id).options(joinedload(ApiKey.author))
    return sorted(db.session.scalars(query.order_by(ApiKey.id.desc())), key=lambda key: key.is_over)


def search(organization: Organization, words: str = "", *, limit: int, before: int | None = None) -> Sequence[ApiKey]:
    """The keys of ``organization`` whose label or prefix contains ``words``, in the order of ``list_of``.

    :param before: the number of the last key already seen.
    """
    has_ended = ApiKey.revoked_at.is_not(None) | (ApiKey.expires_at.is_not(None) & (ApiKey.expires_at <= now()))
    is_over = case((has_ended, 1), else_=0)
    query = select(ApiKey).where(ApiKey.organization_id == organization.id).options(joinedload(ApiKey.author))
    if words:
        query = query.where(or_(*(column.icontains(words, autoescape=True) for column in (ApiKey.label, ApiKey.prefix))))
    last = db.session.scalar(select(ApiKey).where(ApiKey.organization_id == organization.id, ApiKey.id == before))
    if last is not None:
        query = query.where(or_(is_over > int(last.is_over), and_(is_over == int(last.is_over), ApiKey.id < last.id)))
    return db.session.scalars(query.order_by(is_over, ApiKey.id.desc()).limit(limit)).all()


def _issue(key: ApiKey) -> Issued[ApiKey]:
    plain = secret_values.generate(API_KEY)
    key.prefix, key.fingerprint = secret_values.hint(plain), secret_values.fingerprint(plain)
    db.session.add(key)
    db.session.flush()
    return Issued(key, plain)


def _record(kind: AuditKind, key: ApiKey, **detail: Any) -> None:
    audit.record(kind, organization_id=key.organization.id, subject=key.label, prefix=key.prefix, **detail)


def _tell_owners(kind: LetterKind, key: ApiKey) -> None:
    account_mail.tell_owners(
        kind, key.organization.id, label=key.label, prefix=key.prefix, scope=key.scope,
        organization=key.organization.name, by=key.author.email if key.author else account_letters.COMMAND_LINE,
    )  # fmt: skip


def _checked_label(label: str) -> str:
    label = " ".join(label.split())
    if not 1 <= len(label) <= 80 or not label.isprintable():
        raise Invalid({"label": [N_("A label has 1 to 80 printable characters.")]})
    return label


def _checked_scope(scope: str) -> str:
    try:
        return scopes.check(scope)
    except scopes.UnknownScope as error:
        raise Invalid({"scope": [error.detail]}) from error
