"""The audit log: record who did what. The actor and the address come from the door that was used."""

from collections.abc import Collection, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from ..extensions import db
from ..models import AuditEvent, Organization

LOOKED_AT = 10_000  # events, in one search for words


class AuditKind(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    USER_CREATED = "user_created"
    ORGANIZATION_CREATED = "organization_created"
    APP_REGISTERED = "app_registered"
    APP_CHANGED = "app_changed"
    APP_TRANSFERRED = "app_transferred"
    APP_SUSPENDED = "app_suspended"
    APP_RESUMED = "app_resumed"
    APP_DELETED = "app_deleted"
    CONNECTION_APPROVED = "connection_approved"
    CONNECTION_DENIED = "connection_denied"
    CONNECTION_NARROWED = "connection_narrowed"
    CONNECTION_TAKEN_OVER = "connection_taken_over"
    CONNECTION_END_DATE = "connection_end_date"
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
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGED = "email_changed"
    PASSWORD_RESET_LINK_MADE = "password_reset_link_made"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    ROLE_CHANGED = "role_changed"
    MEMBER_INVITED = "member_invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    MEMBER_ADDED = "member_added"
    MEMBER_REMOVED = "member_removed"
    LIMIT_CHANGED = "limit_changed"


class Actor(NamedTuple):
    """Who acts in the present request or command."""

    name: str = "system"
    user_id: int | None = None
    address: str = ""


_actor: ContextVar[Actor] = ContextVar("actor")
SYSTEM = Actor()


def act_as(actor: Actor) -> None:
    """Say who acts from here on in this context; doors call it once per request or command."""
    _actor.set(actor)


def record(kind: AuditKind, *, organization_id: int | None, subject: str, actor: Actor | None = None, **detail: Any) -> None:
    """Add an event to the log of ``organization_id``, as part of the present unit of work.

    :param subject: what it was done to, in words that its owner recognizes; never a secret.
    """
    actor = actor or _actor.get(SYSTEM)
    db.session.add(
        AuditEvent(
            kind=kind,
            organization_id=organization_id,
            user_id=actor.user_id,
            actor=actor.name[:254],
            address=actor.address[:64],
            subject=subject[:254],
            client_id=detail.get("client_id"),
            detail=detail,
        )
    )


@dataclass(frozen=True)
class Filter:
    """Which events are wanted; empty members want all.

    :param kinds: any of these. :param words: part of the actor's name, of the subject or of the address.
    """

    kinds: Collection[AuditKind] = ()
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A page of events, the newest first.

    :param goes_on_before: when a search stopped before it had looked at everything, the number of the last event that it
        looked at.
    """

    events: Sequence[AuditEvent]
    goes_on_before: int | None = None


def search(organization: Organization, wanted: Filter, *, limit: int, before: int | None = None) -> Found:
    """The events of ``organization`` that fit. A search for words looks at LOOKED_AT events at most at a time.

    :param before: the number of the last event already seen.
    """
    query = _select(organization, replace(wanted, words="")).order_by(AuditEvent.id.desc())
    if before is not None:
        query = query.where(AuditEvent.id < before)
    if not wanted.words:
        return Found(db.session.scalars(query.limit(limit)).all())
    looked_at = query.limit(LOOKED_AT).subquery()
    event = aliased(AuditEvent, looked_at)
    fitting = select(event).where(_holds(event, wanted.words)).order_by(event.id.desc()).limit(limit)
    events = db.session.scalars(fitting).all()
    if len(events) == limit:
        return Found(events)
    number, last = db.session.execute(select(func.count(), func.min(looked_at.c.id))).one()
    return Found(events, last if number == LOOKED_AT else None)


def stream(organization: Organization, wanted: Filter) -> Iterator[AuditEvent]:
    """All events that fit, the oldest first, without having them all in memory."""
    query = _select(organization, wanted).order_by(AuditEvent.id).execution_options(yield_per=500)
    yield from db.session.scalars(query)


def _select(organization: Organization, wanted: Filter) -> Select[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.organization_id == organization.id)
    if wanted.kinds:
        query = query.where(AuditEvent.kind.in_(wanted.kinds))
    if wanted.words:
        query = query.where(_holds(AuditEvent, wanted.words))
    if wanted.since:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditEvent.at < wanted.until)
    return query


def _holds(event: Any, words: str) -> ColumnElement[bool]:
    columns = (event.actor, event.subject, event.address)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))
