"""What a connection holds, and its owner's changes to that: taking rights away, and taking over what another approved."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from .. import scopes
from ..clock import now
from ..errors import Conflict, Forbidden
from ..extensions import db
from ..models import AuditEvent, Connection, CredentialKind, Membership
from ..words import N_
from . import audit, connections, usage
from .audit import AuditKind

# The number of each scope's group of methods in the documentation, which is how calls are counted.
GROUP_OF = {scope.name: number for number, scope in enumerate((scopes.GENERAL, *scopes.SCOPES), start=1)}

DAYS = 30
EVENTS_SHOWN = timedelta(days=90)
_KINDS = (
    AuditKind.CONNECTION_APPROVED, AuditKind.CONNECTION_NARROWED, AuditKind.CONNECTION_TAKEN_OVER,
    AuditKind.CONNECTION_END_DATE, AuditKind.REUSE_DETECTED, AuditKind.CODE_REPLAYED,
)  # fmt: skip


def calls(connection: Connection) -> dict[str, int]:
    """Calls over the last DAYS days by name of the scope that they needed; the general ones under the empty name."""
    counts = usage.by_group(CredentialKind.CONNECTION, connection.id, days=DAYS)
    return {name: counts.get(number, 0) for name, number in GROUP_OF.items()}


def last_used(connection: Connection) -> dict[str, datetime]:
    """When each scope was last needed by a call, by its name; those that never were are missing."""
    used = usage.last_used_by_group(CredentialKind.CONNECTION, connection.id)
    return {name: used[number] for name, number in GROUP_OF.items() if number in used}


def narrow(connection: Connection, *, keep: Collection[str]) -> Sequence[str]:
    """Take away every scope that is not in ``keep``, from the next call on; the names of what was taken.

    Nothing is ever added: for more, the app has to ask again.

    :raises Conflict: nothing would be left.
    """
    held = scopes.expand(connection.scope)
    taken = sorted(held - set(keep))
    if not taken:
        return []
    if len(taken) == len(held):
        raise Conflict(N_("Nothing would be left. To take everything away, disconnect the app."))
    connection.scope = scopes.join(scope.name for scope in scopes.SCOPES if scope.name in held and scope.name in keep)
    _record(AuditKind.CONNECTION_NARROWED, connection, taken=scopes.join(taken))
    return taken


def is_paused(connection: Connection) -> bool:
    """Whether the person who approved it may not connect apps any more, so that calls are refused."""
    place = db.session.get(Membership, (connection.organization_id, connection.user_id))
    return place is None or not place.may_manage


def take_over(connection: Connection, *, by: Membership) -> None:
    """Let ``by`` stand for a connection whose approver has left: it works again at the next call.

    :raises Forbidden: ``by`` may not connect apps. :raises Conflict: it isn't paused, or ``by`` has connected the same
        app already.
    """
    if not by.may_manage or by.organization_id != connection.organization_id:
        raise Forbidden(N_("Only owners and admins of the organization can do this. Ask one of them."))
    if not is_paused(connection):
        raise Conflict(N_("The person who approved this app is still here."))
    connections.end_due(Connection.client_id == connection.client_id, Connection.user_id == by.user_id)
    own = connections.find_live(user=by.user, organization=connection.organization, client=connection.client)
    if own is not None:
        raise Conflict(N_("You have connected this app yourself already. End this older connection instead."))
    before = connection.user.email
    connection.user = by.user
    _record(AuditKind.CONNECTION_TAKEN_OVER, connection, approved_by=before)


def recent_events(connection: Connection, *, limit: int) -> Sequence[AuditEvent]:
    """What happened to this app's access lately, the newest first."""
    query = select(AuditEvent).where(
        AuditEvent.organization_id == connection.organization_id,
        AuditEvent.client_id == connection.client.client_id,
        AuditEvent.kind.in_(_KINDS),
        AuditEvent.at > now() - EVENTS_SHOWN,
    )
    return db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)).all()


def _record(kind: AuditKind, connection: Connection, **detail: Any) -> None:
    audit.record(
        kind, organization_id=connection.organization_id, subject=connection.client.shown_name,
        client_id=connection.client.client_id, **detail,
    )  # fmt: skip
