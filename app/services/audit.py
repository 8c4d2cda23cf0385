"""The audit log: record who did what. The actor and the address come from the door that was used."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..extensions import db
from ..models import AuditEvent


class AuditKind(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    USER_CREATED = "user_created"
    ORGANIZATION_CREATED = "organization_created"
    APP_REGISTERED = "app_registered"
    APP_SUSPENDED = "app_suspended"
    APP_RESUMED = "app_resumed"
    APP_DELETED = "app_deleted"
    CONNECTION_APPROVED = "connection_approved"
    CONNECTION_DENIED = "connection_denied"
    CONNECTION_ENDED = "connection_ended"
    REUSE_DETECTED = "reuse_detected"
    CODE_REPLAYED = "code_replayed"
    API_KEY_MADE = "api_key_made"
    API_KEY_ROTATED = "api_key_rotated"
    API_KEY_DISABLED = "api_key_disabled"
    API_KEY_ENABLED = "api_key_enabled"
    API_KEY_REVOKED = "api_key_revoked"
    SECRET_MADE = "secret_made"
    SECRET_RETIRED = "secret_retired"
    ROLE_CHANGED = "role_changed"
    MEMBER_ADDED = "member_added"
    MEMBER_REMOVED = "member_removed"


@dataclass(frozen=True)
class Actor:
    """Who acts in the present request or command."""

    name: str = "system"
    user_id: int | None = None
    address: str = ""


_actor: ContextVar[Actor] = ContextVar("actor")
_SYSTEM = Actor()


def act_as(actor: Actor) -> None:
    """Say who acts from here on in this context; doors call it once per request or command."""
    _actor.set(actor)


def record(kind: AuditKind, *, organization_id: int | None, subject: str, actor: Actor | None = None, **detail: Any) -> None:
    """Add an event to the log of ``organization_id``, as part of the present unit of work.

    :param subject: what it was done to, in words that its owner recognizes; never a secret.
    """
    actor = actor or _actor.get(_SYSTEM)
    db.session.add(
        AuditEvent(
            kind=kind,
            organization_id=organization_id,
            user_id=actor.user_id,
            actor=actor.name[:254],
            address=actor.address[:64],
            subject=subject[:254],
            detail=detail,
        )
    )
