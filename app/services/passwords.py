"""Changing one's password, by the present one or by a link that came by mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Invalid
from ..models import LetterKind, LoginSession, Ticket, TicketKind, User
from ..rates import Rate
from ..secret_values import Issued
from ..words import N_
from . import account_mail, audit, login_sessions, organizations, rate_limits, tickets, users
from .audit import Actor, AuditKind
from .rate_limits import Counters


@dataclass(frozen=True)
class Tries:
    """How often a wrong password, or a wrong code, may be given for one account.

    :param what: is counted.
    """

    counters: Counters
    rate: Rate
    what: str = "password of"

    def take(self, user: User) -> None:
        """:raises TooManyRequests: they are used up."""
        rate_limits.take(self.counters, self.rate, self.what, str(user.id))

    def forget(self, user: User) -> None:
        rate_limits.forget(self.counters, self.rate, self.what, str(user.id))


def change(user: User, *, present: str, new: str, keep: LoginSession, tries: Tries) -> None:
    """Give ``user`` a new password; every browser but the one of ``keep`` is signed out.

    :raises Invalid: the present password is wrong, or the new one is too short or too long.
    :raises TooManyRequests: too many wrong ones.
    """
    check(user, present, tries)
    set_(user, new, keep=keep)


def check(user: User, password: str, tries: Tries) -> None:
    """Whether it is ``user`` who sits there.

    :raises Invalid: ``password`` is not the person's. :raises TooManyRequests: too many wrong ones.
    """
    tries.take(user)
    if users.find_by_password(user.email, password) is None:
        raise Invalid({"present": [N_("This is not your present password.")]})
    tries.forget(user)


def reset_ticket(email: str, keys: Sequence[str]) -> Issued[Ticket]:
    """A ticket to set a new password, for whoever runs the server to hand on; older ones end.

    :raises NotFound: the address has no account.
    """
    user = users.get(email)
    tickets.end_all(user.id, TicketKind.PASSWORD_RESET)
    record(AuditKind.PASSWORD_RESET_LINK_MADE, user)
    return tickets.issue(TicketKind.PASSWORD_RESET, email=user.email, user_id=user.id, keys=keys)


def reset(secret: str, *, new: str, address: str) -> User:
    """Set a new password by the link of a letter; every browser is signed out, and no other such link works.

    :raises TicketOver: the link was used, replaced or has expired. :raises Invalid: the password is too short or too long.
    """
    ticket = tickets.spend(TicketKind.PASSWORD_RESET, secret)
    user = ticket.user
    if user is None:
        raise tickets.TicketOver
    set_(user, new, keep=None, actor=Actor(user.email, user.id, address), by="link")
    return user


def set_(user: User, new: str, *, keep: LoginSession | None, actor: Actor | None = None, **detail: str) -> None:
    """Give ``user`` a new password without asking for the old one. Begun sign-ins and links that were sent end.

    :raises Invalid: it is too short or too long.
    """
    user.password_hash = users.hash_password(new)
    login_sessions.end_all(user, but=keep)
    tickets.end_all(user.id, TicketKind.PASSWORD_RESET, TicketKind.SECOND_STEP, TicketKind.EMAIL_CHANGE)
    record(AuditKind.PASSWORD_CHANGED, user, actor=actor, **detail)
    account_mail.post(LetterKind.PASSWORD_CHANGED, user.email)


def record(kind: AuditKind, user: User, *, actor: Actor | None = None, **detail: str) -> None:
    """Note what happened to the account in the log of each organization that ``user`` belongs to."""
    places: list[int | None] = [place.organization_id for place in organizations.memberships_of(user)]
    for organization_id in places or [None]:
        audit.record(kind, organization_id=organization_id, subject=user.email, actor=actor, **detail)
