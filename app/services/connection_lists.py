"""Connections as an organization's people look through them: page by page, searched, the paused ones marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from ..extensions import db
from ..models import Client, Connection, Membership, Organization, User
from . import connections

AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class Listed:
    """:param is_paused: whether its calls are refused, because who approved it may not connect apps any more."""

    connection: Connection
    is_paused: bool


def search(
    organization: Organization, words: str = "", *, paused_only: bool = False, limit: int, before: int | None = None
) -> Sequence[Listed]:
    """The live connections of ``organization``, the newest first.

    :param words: part of the app's name, of its developer's or of the address of who approved it.
    :param before: the number of the last connection already seen.
    """
    query = _live_of(select(Connection, Membership.user_id.is_(None)), organization).options(
        joinedload(Connection.client).joinedload(Client.organization), joinedload(Connection.user)
    )
    if paused_only:
        query = query.where(Membership.user_id.is_(None))
    if words:
        query = _with_words(query, words, organization)
    if before is not None:
        query = query.where(Connection.id < before)
    return [Listed(*row) for row in db.session.execute(query.order_by(Connection.id.desc()).limit(limit))]


def count_paused(organization: Organization) -> int:
    """How many live connections of ``organization`` are paused."""
    query = _live_of(select(func.count()).select_from(Connection), organization)
    return db.session.scalar(query.where(Membership.user_id.is_(None))) or 0


def list_ended(organization: Organization, *, limit: int) -> Sequence[Connection]:
    """The last ``limit`` connections of ``organization`` that ended, the newest first."""
    query = (
        select(Connection)
        .where(Connection.organization_id == organization.id, ~connections.is_live())
        .order_by(func.coalesce(Connection.ended_at, Connection.ends_at).desc())
        .limit(limit)
    )
    names = (joinedload(Connection.client).joinedload(Client.organization), joinedload(Connection.user))
    return db.session.scalars(query.options(*names)).all()


def _live_of(query: AnySelect, organization: Organization) -> AnySelect:
    """With the approver's membership beside each connection, where there is one that may connect apps."""
    return query.outerjoin(Membership, connections.is_place_of_approver()).where(
        Connection.organization_id == organization.id, connections.is_live()
    )


def _with_words(query: AnySelect, words: str, organization: Organization) -> AnySelect:
    """Of whom and of which apps is asked first: they are far fewer than connections."""
    of_organization = Connection.organization_id == organization.id
    names = (Client.name, Client.consent_name, Organization.name)
    apps = (
        select(Client.id)
        .outerjoin(Organization, Organization.id == Client.organization_id)
        .where(Client.id.in_(select(Connection.client_id).where(of_organization)))
        .where(or_(*(column.icontains(words, autoescape=True) for column in names)))
    )
    people = (
        select(User.id)
        .where(User.id.in_(select(Connection.user_id).where(of_organization)))
        .where(User.email.icontains(words, autoescape=True))
    )
    return query.where(or_(Connection.client_id.in_(apps), Connection.user_id.in_(people)))
