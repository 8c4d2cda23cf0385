"""Signing in with a password, slowed down for whoever guesses."""

from limits import RateLimitItem

from ..models import User
from . import audit, organizations, rate_limits, users
from .audit import Actor, AuditKind
from .rate_limits import Counters

ADDRESS_FACTOR = 10


def find_user(counters: Counters, rate: RateLimitItem, *, email: str, password: str, address: str) -> User | None:
    """The person with this address and password.

    Every try counts against the account, whether it exists or not, and against the address that it comes from; a
    successful one gives the account its tries back.

    :param rate: tries for each account; an address has ten times as many.
    :raises TooManyRequests: one of them is used up. The password is not looked at then.
    """
    account = users.normalize_email(email)
    by_address = type(rate)(rate.amount * ADDRESS_FACTOR, rate.multiples, rate.namespace)
    rate_limits.take(counters, by_address, "sign-in from", address)
    rate_limits.take(counters, rate, "sign-in to", account)
    user = users.find_by_password(account, password)
    if user is None:
        record(AuditKind.SIGN_IN_FAILED, users.find(account), account=account, actor=Actor(account, None, address))
        return None
    rate_limits.forget(counters, rate, "sign-in to", account)
    return user


def record(kind: AuditKind, user: User | None, *, account: str, actor: Actor | None = None) -> None:
    """Note a sign-in, a failed one or a sign-out in the log of each organization that ``user`` belongs to.

    :param account: the address that was given; it may belong to nobody, and then no organization sees it.
    """
    places: list[int | None] = [place.organization_id for place in organizations.memberships_of(user)] if user else []
    for organization_id in places or [None]:
        audit.record(kind, organization_id=organization_id, subject=account, actor=actor)
