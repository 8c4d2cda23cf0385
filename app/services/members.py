"""Members of an organization: who they are, and what each may do to whom."""

from collections.abc import Sequence

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import contains_eager

from ..errors import Forbidden, NotFound
from ..extensions import db
from ..models import Membership, Organization, Role, User
from ..words import N_
from . import organizations

_RANK = case({role.value: rank for rank, role in enumerate(Role)}, value=Membership.role)


def search(organization: Organization, words: str = "", *, limit: int, after: int | None = None) -> Sequence[Membership]:
    """The members of ``organization``: owners, admins, then everybody else, by address.

    :param words: part of the address. :param after: the number of the last person already seen.
    """
    query = select(Membership).join(User).where(Membership.organization_id == organization.id)
    if words:
        query = query.where(User.email.icontains(words, autoescape=True))
    last = db.session.get(Membership, (organization.id, after)) if after is not None else None
    if last is not None:
        rank = list(Role).index(last.role)
        query = query.where(
            or_(_RANK.in_(range(rank + 1, len(Role))), and_(_RANK.in_([rank]), User.email > last.user.email))
        )
    query = query.options(contains_eager(Membership.user)).order_by(_RANK, User.email).limit(limit)
    return db.session.scalars(query).all()


def count_owners(organization: Organization) -> int:
    """How many owners ``organization`` has."""
    query = select(func.count()).select_from(Membership).where(Membership.organization_id == organization.id)
    return db.session.scalar(query.where(Membership.role == Role.OWNER)) or 0


def get(organization: Organization, user_id: int) -> Membership:
    """:raises NotFound: the person doesn't belong to ``organization``."""
    membership = db.session.get(Membership, (organization.id, user_id))
    if membership is None:
        raise NotFound(N_("There is no such member."))
    return membership


def appointable(by: Membership) -> list[Role]:
    """The roles that ``by`` may give to others."""
    if not by.may_manage:
        return []
    return list(Role) if by.role is Role.OWNER else [role for role in Role if role is not Role.OWNER]


def appoint(membership: Membership, role: Role, *, by: Membership) -> None:
    """Give a member another role.

    :raises Forbidden: ``by`` may not. :raises Conflict: it would leave the organization without an owner.
    """
    _check_power(membership, by)
    check_appointable(role, by)
    organizations.change_role(membership, role)


def check_appointable(role: Role, by: Membership) -> None:
    """:raises Forbidden: ``by`` may not give anybody this role."""
    if role not in appointable(by):
        raise Forbidden(N_("Only owners can make somebody an owner. Ask one of them."))


def remove(membership: Membership, *, by: Membership) -> None:
    """Take a member out of the organization; everybody may take themselves out.

    :raises Forbidden: ``by`` may not. :raises Conflict: it would leave the organization without an owner.
    """
    if membership.user_id != by.user_id:
        _check_power(membership, by)
    organizations.remove_member(membership)


def _check_power(membership: Membership, by: Membership) -> None:
    if not by.may_manage:
        raise Forbidden(N_("Only owners and admins of the organization can do this. Ask one of them."))
    if membership.role is Role.OWNER and by.role is not Role.OWNER:
        raise Forbidden(N_("Only owners can change or remove an owner. Ask one of them."))
