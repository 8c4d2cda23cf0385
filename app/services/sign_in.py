"""Signing in with a password, slowed down for whoever guesses."""

from collections.abc import Sequence

from ..errors import Invalid
from ..models import TicketKind, User
from ..rates import Rate
from . import audit, organizations, rate_limits, second_factor, tickets, users
from .audit import Actor, AuditKind
from .passwords import Tries
from .rate_limits import Counters
from .tickets import TicketOver

ADDRESS_FACTOR = 10


def find_user(counters: Counters, rate: Rate, *, email: str, password: str, address: str) -> User | None:
    """The person with this address and password.

    Every try counts against the account, whether it exists or not, and against the address that it comes from; a
    successful one gives the account its tries back.

    :param rate: tries for each account; an address has ten times as many.
    :raises TooManyRequests: one of them is used up. The password is not looked at then.
    """
    account = users.normalize_email(email)
    rate_limits.take(counters, rate.times(ADDRESS_FACTOR), "sign-in from", address)
    rate_limits.take(counters, rate, "sign-in to", account)
    user = users.find_by_password(account, password)
    if user is None:
        record(AuditKind.SIGN_IN_FAILED, users.find(account), account=account, actor=Actor(account, None, address))
        return None
    rate_limits.forget(counters, rate, "sign-in to", account)
    return user


def begin_second_step(user: User, keys: Sequence[str]) -> str | None:
    """When the password is not enough: what stands for the sign-in that waits for a code, and opens nothing by itself.

    :param keys: the server's keys, the one in use first. :returns: None when the password is enough.
    """
    if second_factor.find(user) is None:
        return None
    return tickets.issue(TicketKind.SECOND_STEP, email=user.email, user_id=user.id, keys=keys).plain


def waiting_user(secret: str) -> User:
    """Whose sign-in waits. :raises TicketOver: none does, or it waited for too long."""
    user = tickets.get(TicketKind.SECOND_STEP, secret).user
    if user is None or second_factor.find(user) is None:
        raise TicketOver
    return user


def finish_second_step(secret: str, code: str, *, keys: Sequence[str], tries: Tries, address: str) -> User | None:
    """The person whose sign-in waited, when ``code`` is right; one sign-in for one waiting.

    :raises TicketOver: none waits. :raises TooManyRequests: too many wrong codes for this account.
    """
    user = waiting_user(secret)
    try:
        second_factor.check(user, code, keys, tries)
    except Invalid:
        actor = Actor(user.email, user.id, address)
        record(AuditKind.SIGN_IN_FAILED, user, account=user.email, actor=actor, step="second")
        return None
    tickets.spend(TicketKind.SECOND_STEP, secret)
    return user


def record(kind: AuditKind, user: User | None, *, account: str, actor: Actor | None = None, **detail: str) -> None:
    """Note a sign-in, a failed one or a sign-out in the log of each organization that ``user`` belongs to.

    :param account: the address that was given; it may belong to nobody, and then no organization sees it.
    """
    places: list[int | None] = [place.organization_id for place in organizations.memberships_of(user)] if user else []
    for organization_id in places or [None]:
        audit.record(kind, organization_id=organization_id, subject=account, actor=actor, **detail)
