"""Organizations and who belongs to them."""

from sqlalchemy import func, select

from ..errors import Conflict, Invalid, NotFound
from ..extensions import db
from ..models import Membership, Organization, Role, User
from ..models.organization import MANAGERS
from ..words import N_
from . import audit, locks
from .audit import AuditKind


def get_by_name(name: str) -> Organization:
    """:raises NotFound: there is none. :raises Conflict: there are several of this name."""
    found = db.session.scalars(select(Organization).where(Organization.name == name).limit(2)).all()
    if not found:
        raise NotFound(f"There is no organization named '{name}'.")
    if len(found) > 1:
        raise Conflict(f"There are several organizations named '{name}'.")
    return found[0]


def create_own(name: str) -> Organization:
    """Make an organization whose name nobody has, for somebody who comes from outside.

    :raises Invalid: the name is empty, too long, or taken: commands find organizations by it, and people trust in it.
    """
    name = " ".join(name.split())
    if not name.isprintable():
        raise Invalid({"organization": [N_("An organization's name has printable characters only.")]})
    locks.take([f"organization {name.lower()}"])
    if db.session.scalar(select(Organization.id).where(func.lower(Organization.name) == name.lower()).limit(1)):
        raise Invalid({"organization": [N_("There is an organization of this name. Choose another, or ask to be invited.")]})
    return create(name)


def create(name: str) -> Organization:
    """:raises Invalid: the name is empty or longer than 120 characters."""
    name = name.strip()
    if not name or len(name) > 120:
        raise Invalid({"organization": [N_("An organization's name has 1 to 120 characters.")]})
    organization = Organization(name=name)
    db.session.add(organization)
    db.session.flush()
    audit.record(AuditKind.ORGANIZATION_CREATED, organization_id=organization.id, subject=name)
    return organization


def add_member(organization: Organization, user: User, role: Role) -> Membership:
    membership = Membership(organization=organization, user=user, role=role)
    db.session.add(membership)
    db.session.flush()
    audit.record(AuditKind.MEMBER_ADDED, organization_id=organization.id, subject=user.email, role=role)
    return membership


def change_role(membership: Membership, role: Role) -> None:
    """Give a member another role. Below admin, what the person approved stops working at the next call.

    :raises Conflict: it would leave the organization without an owner.
    """
    if membership.role is role:
        return
    if membership.role is Role.OWNER:
        _keep_an_owner(membership)
    audit.record(
        AuditKind.ROLE_CHANGED, organization_id=membership.organization_id, subject=membership.user.email,
        before=membership.role, after=role,
    )  # fmt: skip
    membership.role = role


def remove_member(membership: Membership) -> None:
    """Take a person out of an organization; what the person approved stops working at the next call.

    :raises Conflict: it would leave the organization without an owner.
    """
    if membership.role is Role.OWNER:
        _keep_an_owner(membership)
    audit.record(AuditKind.MEMBER_REMOVED, organization_id=membership.organization_id, subject=membership.user.email)
    db.session.delete(membership)


def _keep_an_owner(leaving: Membership) -> None:
    owners = db.session.scalars(
        select(Membership.user_id)
        .where(Membership.organization_id == leaving.organization_id, Membership.role == Role.OWNER)
        .with_for_update()
    ).all()
    if len(owners) == 1:
        raise Conflict(N_("An organization needs an owner. Make somebody else owner first."))


def get_member(organization: Organization, email: str) -> Membership:
    """:raises NotFound: nobody with this address belongs to ``organization``."""
    membership = db.session.scalar(
        select(Membership).join(User).where(
            Membership.organization_id == organization.id, User.email == email.strip().lower()
        )
    )  # fmt: skip
    if membership is None:
        raise NotFound(f"'{email}' does not belong to the organization.")
    return membership


def memberships_of(user: User) -> list[Membership]:
    """Where ``user`` belongs, by the organization's name."""
    return list(
        db.session.scalars(
            select(Membership).join(Organization).where(Membership.user_id == user.id)
            .order_by(Organization.name, Organization.id)
        )
    )  # fmt: skip


def managed_by(user: User) -> list[Organization]:
    """The organizations for which ``user`` may connect apps, by name."""
    return [membership.organization for membership in memberships_of(user) if membership.role in MANAGERS]


def get_membership(user: User, organization_id: int) -> Membership:
    """:raises NotFound: ``user`` doesn't belong to it, or it doesn't exist."""
    membership = db.session.get(Membership, (organization_id, user.id))
    if membership is None:
        raise NotFound(N_("There is no such organization."))
    return membership


def remember(user: User, organization: Organization) -> None:
    """Let ``user`` come back to ``organization`` at the next sign-in, and on the next consent page."""
    user.last_organization_id = organization.id
