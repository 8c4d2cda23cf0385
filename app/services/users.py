"""People: making an account, and recognizing its owner by a password."""

import base64
import os

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from .. import email_addresses
from ..errors import Conflict, Invalid, NotFound
from ..extensions import db
from ..models import Membership, Organization, Role, TicketKind, User
from ..words import N_, sentence
from . import audit, organizations, tickets
from .audit import AuditKind

PASSWORD_LENGTH = range(10, 201)

_hasher = PasswordHasher()  # Argon2id with the library's parameters (RFC 9106, low-memory profile)


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """What looks like a hash made by ``hasher``, takes as long to verify, and is no password's. Made in no time."""
    salt, digest = (
        base64.b64encode(os.urandom(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


# Verified when the account doesn't exist, so that the time taken doesn't tell.
_nobody = _hash_of_nothing(_hasher)


def normalize_email(email: str) -> str:
    """The form in which an address is stored and looked up: without spaces around it, in small letters."""
    return email.strip().lower()


def create(*, email: str, password: str, organization: str) -> tuple[User, Membership]:
    """Make an account in ``organization``, which is made too when new; its first member becomes its owner.

    :raises Invalid: the address or the password is not acceptable. :raises Conflict: the address has an account.
    """
    user = add(email=email, password=password)
    found = db.session.scalar(select(Organization).where(Organization.name == organization.strip()))
    target = found or organizations.create(organization)
    others = db.session.scalar(select(func.count()).where(Membership.organization_id == target.id))
    membership = organizations.add_member(target, user, Role.MEMBER if others else Role.OWNER)
    audit.record(AuditKind.USER_CREATED, organization_id=target.id, subject=user.email, role=membership.role)
    return user, membership


def sign_up(secret: str, *, password: str, organization: str) -> User:
    """Make an account by the link of a letter, and an organization that it owns.

    :raises TicketOver: the link was used, replaced or has expired. :raises Invalid: the password or the name is not
        acceptable. :raises Conflict: the address has got an account in the meantime.
    """
    ticket = tickets.spend(TicketKind.SIGN_UP, secret)
    user = add(email=ticket.email, password=password)
    target = organizations.create_own(organization)
    membership = organizations.add_member(target, user, Role.OWNER)
    audit.record(AuditKind.USER_CREATED, organization_id=target.id, subject=user.email, role=membership.role)
    return user


def add(*, email: str, password: str) -> User:
    """Make an account that belongs nowhere yet.

    :raises Invalid: the address or the password is not acceptable. :raises Conflict: the address has an account.
    """
    user = User(email=check_email(email), password_hash=hash_password(password))
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(sentence("There is an account for %(email)s already.", email=user.email)) from error
    return user


def find(email: str) -> User | None:
    """The person with this address."""
    return db.session.scalar(select(User).where(User.email == normalize_email(email)))


def get(email: str) -> User:
    """:raises NotFound: the address has no account."""
    user = find(email)
    if user is None:
        raise NotFound(f"There is no account for {normalize_email(email)}.")
    return user


def find_by_password(email: str, password: str) -> User | None:
    """The person with this address and password. Takes as long for an unknown address as for a wrong password."""
    user = find(email)
    try:
        _hasher.verify(user.password_hash if user else _nobody, password)
    except (VerificationError, InvalidHashError):
        return None
    return user


def choose_language(user: User, language: str) -> None:
    """Keep the language (languages.py) in which the person reads pages and letters."""
    user.language = language


def hash_password(password: str) -> str:
    """:raises Invalid: too short or too long."""
    if len(password) not in PASSWORD_LENGTH:
        raise Invalid({"password": [N_("A password has 10 to 200 characters.")]})
    return _hasher.hash(password)


def check_email(email: str) -> str:
    """``email`` as it is stored. :raises Invalid: it is no address."""
    try:
        return normalize_email(email_addresses.checked(email.strip()))
    except ValueError as error:
        raise Invalid({"email": [sentence("'%(email)s' is not a valid email address.", email=email)]}) from error
