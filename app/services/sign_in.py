"""Signing in with a password, slowed down for whoever guesses."""

from limits import RateLimitItem

from ..models import User
from . import audit, rate_limits, users
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
        audit.record(
            AuditKind.SIGN_IN_FAILED, organization_id=None, subject=account[:254], actor=Actor(account, None, address)
        )
        return None
    rate_limits.forget(counters, rate, "sign-in to", account)
    return user
