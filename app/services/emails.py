"""Changing the address that one signs in with: by the password, and a letter to the new one."""

from sqlalchemy.exc import IntegrityError

from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import LetterKind, TicketKind, User
from ..rates import Rate
from ..words import N_, sentence
from . import account_mail, passwords, tickets, users
from .audit import Actor, AuditKind
from .passwords import Tries


def ask(user: User, email: str, *, password: str, tries: Tries, rate: Rate, address: str) -> str:
    """Have a link sent to ``email``, which confirms that ``user`` reads what is sent there; the address as it is stored.

    Nothing tells whether that address has an account: its owner alone learns that, by the letter.

    :param rate: letters to one email address. :raises Invalid: the password is wrong, or the address can't be taken.
    :raises TooManyRequests: too many wrong passwords, or letters.
    """
    passwords.check(user, password, tries)
    if users.check_email(email) == user.email:
        raise Invalid({"email": [N_("This is your address already.")]})
    return account_mail.ask(
        tries.counters, rate, LetterKind.EMAIL_CHANGE, email=email, address=address, user_id=user.id
    )  # fmt: skip


def confirm(secret: str, *, address: str) -> User:
    """Follow the link of the letter: its address is the person's from now on, and the old one is told.

    :raises TicketOver: the link was used, replaced or has expired. :raises Conflict: the address has got an account.
    """
    ticket = tickets.spend(TicketKind.EMAIL_CHANGE, secret)
    if ticket.user is None:
        raise tickets.TicketOver
    change(ticket.user, ticket.email, actor=Actor(ticket.user.email, ticket.user_id, address))
    return ticket.user


def change(user: User, email: str, *, actor: Actor | None = None) -> None:
    """Give ``user`` another address. Links that were sent to the old one end.

    :raises Invalid: it is no address. :raises Conflict: it has an account.
    """
    old, user.email = user.email, users.check_email(email)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(sentence("There is an account for %(email)s already.", email=users.normalize_email(email))) from error
    tickets.end_all(user.id, TicketKind.PASSWORD_RESET, TicketKind.EMAIL_CHANGE)
    passwords.record(AuditKind.EMAIL_CHANGED, user, actor=actor, before=old)
    account_mail.post(LetterKind.EMAIL_CHANGED, old, new=user.email, language=user.language)
