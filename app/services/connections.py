"""Connections between organizations and partner apps: opening, listing and ending them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import joinedload

from .. import scopes
from ..clock import now
from ..database import changed, table_of
from ..errors import Forbidden, NotFound
from ..extensions import db
from ..models import Client, Connection, EndReason, LetterKind, Membership, Organization, TokenFamily, User
from ..models.organization import MANAGERS
from ..words import N_
from . import account_mail, audit, locks, organizations
from .audit import Actor, AuditKind

_connection = table_of(Connection)


def open_(
    *, user: User, organization: Organization, client: Client, asked: str, granted: str, ends_at: datetime | None
) -> Connection:
    """Connect ``client`` with ``organization`` on behalf of ``user``, or change what their connection holds.

    What was asked for and not granted is taken away from an older approval too; what was not asked for stays.

    :param asked: the scope string that the app asked for. :param granted: what of it ``user`` allowed.
    :param ends_at: when the access ends by itself, of an older approval too.
    :raises Forbidden: ``user`` may not connect apps for ``organization``. :raises NotFound: the app was just deleted.
    """
    if not organizations.get_membership(user, organization.id).may_manage:
        raise Forbidden(N_("Only owners and admins of an organization can connect apps to it."))
    # A form sent twice at once must find the connection that the first one opens.
    locks.take([f"connection {client.id}/{organization.id}/{user.id}"], shared=f"client {client.id}")
    if db.session.scalar(select(Client.deleted_at).where(Client.id == client.id)) is not None:
        raise NotFound(N_("This app does not exist any more."))
    end_due(Connection.client_id == client.id, Connection.organization_id == organization.id)
    connection = find_live(user=user, organization=organization, client=client)
    before = connection.scope if connection else None
    if connection is None:
        connection = Connection(user=user, organization=organization, client=client, scope=granted)
        db.session.add(connection)
    else:
        connection.scope = _merged(connection.scope, asked=asked, granted=granted)
        connection.first_approved_at = connection.first_approved_at or connection.approved_at
        connection.approved_at = now()
    connection.ends_at = ends_at
    db.session.flush()
    _replace_paused(connection)
    audit.record(
        AuditKind.CONNECTION_APPROVED, organization_id=organization.id, subject=client.shown_name,
        client_id=client.client_id, scope=granted, **(_ends(ends_at) if ends_at else {}),
    )  # fmt: skip
    _tell_owners(connection, before)
    return connection


def _replace_paused(connection: Connection) -> None:
    """End what others have approved of the same app and may no longer stand for: nobody could take it over any more."""
    paused = (
        select(Connection)
        .outerjoin(Membership, is_place_of_approver())
        .where(
            Connection.client_id == connection.client_id,
            Connection.organization_id == connection.organization_id,
            Connection.user_id != connection.user_id,
            Membership.user_id.is_(None),
            is_live(),
        )
    )
    for older in db.session.scalars(paused).all():
        revoke(older, because=EndReason.REPLACED)


def _tell_owners(connection: Connection, before: str | None) -> None:
    """Let the owners know of a new connection, or of one that may do more than ``before``."""
    gained = scopes.expand(connection.scope) - scopes.expand(before or "")
    if before is not None and not gained:
        return
    client = connection.client
    account_mail.tell_owners(
        LetterKind.APP_CONNECTED if before is None else LetterKind.APP_WIDENED, connection.organization_id,
        # An app that describes itself is nobody's here; its name is the address of its description.
        app=client.shown_name, developer=client.organization.name if client.organization else client.client_id,
        by=connection.user.email, organization=connection.organization.name, scope=connection.scope,
        gained=scopes.join(sorted(gained)), connection_id=connection.id,
    )  # fmt: skip


def change_end(connection: Connection, ends_at: datetime | None) -> bool:
    """Let ``connection`` end at ``ends_at``, or never by itself, in force at the next call; whether that is a change.

    Tokens issued already end with it, and live on with it, up to their own ends.
    """
    if connection.ends_at == ends_at:
        return False
    connection.ends_at = ends_at
    audit.record(
        AuditKind.CONNECTION_END_DATE, organization_id=connection.organization_id, subject=connection.client.shown_name,
        client_id=connection.client.client_id, **_ends(ends_at),
    )  # fmt: skip
    return True


def _ends(ends_at: datetime | None) -> dict[str, Any]:
    return {"ends_at": ends_at.isoformat(timespec="seconds") if ends_at else "never"}


def _merged(held: str, *, asked: str, granted: str) -> str:
    kept = scopes.expand(held) - scopes.expand(asked)
    if kept <= scopes.expand(granted):
        return granted
    merged = kept | scopes.expand(granted)
    return held if merged == scopes.expand(held) else scopes.join(sorted(merged))


def deny(*, organization: Organization | None, client: Client) -> None:
    """Record that a person refused what ``client`` asked for."""
    audit.record(
        AuditKind.CONNECTION_DENIED, organization_id=organization.id if organization else None, subject=client.shown_name,
        client_id=client.client_id,
    )  # fmt: skip


def is_live() -> ColumnElement[bool]:
    """Holds for connections that nobody has ended and whose end date is not past."""
    return and_(Connection.ended_at.is_(None), or_(Connection.ends_at.is_(None), Connection.ends_at > now()))


def is_place_of_approver() -> ColumnElement[bool]:
    """Holds for the membership by which who approved a connection may connect apps; without one it is paused."""
    return and_(
        Membership.organization_id == Connection.organization_id,
        Membership.user_id == Connection.user_id,
        or_(*(Membership.role == role for role in MANAGERS)),
    )


def find_live(*, user: User, organization: Organization, client: Client) -> Connection | None:
    """The live connection that ``user`` approved for ``organization``."""
    return db.session.scalar(
        select(Connection).where(
            Connection.client_id == client.id,
            Connection.organization_id == organization.id,
            Connection.user_id == user.id,
            is_live(),
        )
    )


def list_live(organization: Organization) -> Sequence[Connection]:
    """The apps connected to ``organization`` at present, the newest approval first."""
    return _list(Connection.organization_id == organization.id, is_live())


def list_of_client(client: Client) -> Sequence[Connection]:
    """The live connections of ``client``, in every organization."""
    return _list(Connection.client_id == client.id, is_live())


def count_by_client(clients: Collection[Client]) -> dict[int, int]:
    """How many live connections each of ``clients`` has, by its number; those without any are missing."""
    query = select(Connection.client_id, func.count()).where(
        Connection.client_id.in_([client.id for client in clients]), is_live()
    )
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Connection.client_id))}


def get(organization: Organization, connection_id: int) -> Connection:
    """:raises NotFound: ``organization`` has no live connection of this number."""
    for connection in _list(Connection.id == connection_id, Connection.organization_id == organization.id, is_live()):
        return connection
    raise NotFound(N_("There is no such connected app."))


def revoke(connection: Connection, *, because: EndReason) -> None:
    """End ``connection`` and every token that descends from it, from the next call on."""
    if not connection.is_live:
        return
    connection.ended_at = now()
    connection.end_reason = because
    _end_families(connection, connection.ended_at, because)
    _record_end(connection, because)


def end_due(*conditions: ColumnElement[bool], limit: int | None = None) -> int:
    """End connections that have reached their end dates, ``limit`` at most; how many.

    They stopped working on their dates already; this keeps it when a date is changed, and logs it.
    """
    is_due = and_(Connection.ended_at.is_(None), Connection.ends_at <= now(), *conditions)
    ended = [one for one in db.session.scalars(select(Connection).where(is_due).limit(limit)) if _end_on_its_date(one)]
    return len(ended)


def _end_on_its_date(connection: Connection) -> bool:
    """False when another process, or the owner with a later date, was faster."""
    at = connection.ends_at or now()
    is_due = (_connection.c.id == connection.id) & _connection.c.ended_at.is_(None) & (_connection.c.ends_at == at)
    if not changed(update(_connection).where(is_due).values(ended_at=at, end_reason=EndReason.EXPIRED)):
        return False
    db.session.expire(connection)
    _end_families(connection, at, EndReason.EXPIRED)
    _record_end(connection, EndReason.EXPIRED, actor=Actor())
    return True


def _end_families(connection: Connection, at: datetime, because: EndReason) -> None:
    db.session.execute(
        update(TokenFamily)
        .where(TokenFamily.connection_id == connection.id, TokenFamily.ended_at.is_(None))
        .values(ended_at=at, end_reason=because)
    )


def _record_end(connection: Connection, because: EndReason, actor: Actor | None = None) -> None:
    audit.record(
        AuditKind.CONNECTION_ENDED, organization_id=connection.organization_id, subject=connection.client.shown_name,
        actor=actor, client_id=connection.client.client_id, reason=because,
    )  # fmt: skip


_WITH_NAMES = (joinedload(Connection.client).joinedload(Client.organization), joinedload(Connection.user))


def _list(*conditions: object) -> Sequence[Connection]:
    query = select(Connection).where(*conditions).order_by(Connection.approved_at.desc(), Connection.id.desc())  # type: ignore[arg-type]
    return db.session.scalars(query.options(*_WITH_NAMES)).all()
