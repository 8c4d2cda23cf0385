"""Changing one's password."""

from ..errors import Invalid
from ..models import LoginSession, User
from . import audit, login_sessions, organizations, users
from .audit import AuditKind


def change(user: User, *, present: str, new: str, keep: LoginSession) -> None:
    """Give ``user`` a new password; every browser but the one of ``keep`` is signed out.

    :raises Invalid: the present password is wrong, or the new one is too short or too long.
    """
    check(user, present)
    set_(user, new, keep=keep)


def check(user: User, password: str) -> None:
    """:raises Invalid: ``password`` is not the password of ``user``."""
    if users.find_by_password(user.email, password) is None:
        raise Invalid({"present": ["This is not your present password."]})


def set_(user: User, new: str, *, keep: LoginSession | None) -> None:
    """Give ``user`` a new password without asking for the old one.

    :raises Invalid: it is too short or too long.
    """
    user.password_hash = users.hash_password(new)
    login_sessions.end_all(user, but=keep)
    record(AuditKind.PASSWORD_CHANGED, user)


def record(kind: AuditKind, user: User) -> None:
    """Note what ``user`` changed about the account in the log of each organization that the person belongs to."""
    places: list[int | None] = [place.organization_id for place in organizations.memberships_of(user)]
    for organization_id in places or [None]:
        audit.record(kind, organization_id=organization_id, subject=user.email)
