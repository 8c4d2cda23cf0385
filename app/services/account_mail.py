"""Account mail: what the server itself writes to its people. A letter is a row, and the row is the worker's job.

What a page stores is who is to be told what. Whether the address has an account is looked up when the letter is written,
by the worker: the time that a page takes can't tell it. Secrets are derived at that moment and stored nowhere.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update

from ..clock import now
from ..database import changed, reading, table_of
from ..errors import NotFound
from ..extensions import db
from ..models import AccountLetter, ChannelType, Invitation, LetterKind, Membership, Role, User
from ..rates import Rate
from ..settings import PRODUCT_NAME, Settings
from ..words import N_
from . import account_letters, rate_limits, service_mail, users
from .letters import Letter
from .rate_limits import Counters
from .senders import SenderName

ADDRESS_FACTOR = 10
MOST_ATTEMPTS = 10
HOLD = timedelta(minutes=3)
_FIRST_PAUSE, _LONGEST_PAUSE = 10, 3600  # seconds

_letter = table_of(AccountLetter)


@dataclass(frozen=True)
class Attempt:
    """A letter that one worker may act on, this time."""

    letter_id: int
    attempts: int

    @property
    def holds(self) -> ColumnElement[bool]:
        return (_letter.c.id == self.letter_id) & (_letter.c.attempts == self.attempts) & _letter.c.over_at.is_(None)


def post(
    kind: LetterKind, email: str, *, organization_id: int | None = None, invitation_id: int | None = None, **facts: Any
) -> None:  # fmt: skip
    """Have a letter sent to ``email``.

    :param organization_id: whose people may look at it when no mail server takes it. :param facts: never a secret.
    """
    letter = AccountLetter(
        kind=kind, email=email, organization_id=organization_id, invitation_id=invitation_id, facts=facts
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()


def tell_owners(kind: LetterKind, organization_id: int, **facts: Any) -> None:
    """Have a notice sent to each owner of the organization. :param facts: never a secret."""
    owners = (
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.role == Role.OWNER)
        .order_by(User.id)
    )
    for email in db.session.scalars(owners).all():
        post(kind, email, organization_id=organization_id, **facts)


def ask(counters: Counters, rate: Rate, kind: LetterKind, *, email: str, address: str, **facts: Any) -> str:
    """Have a letter sent that somebody asks for at a page, whoever that is; the address as it is stored.

    :param rate: letters to one email address; a network address has ten times as many.
    :raises Invalid: it is no email address. :raises TooManyRequests: one of the two is used up.
    """
    email = users.check_email(email)
    rate_limits.take(counters, rate.times(ADDRESS_FACTOR), "letters from", address)
    rate_limits.take(counters, rate, "letters to", email)
    post(kind, email, **facts)
    return email


def is_due() -> bool:
    """Whether there is a letter to be sent now."""
    with reading() as connection:
        due = select(_letter.c.id).where(_letter.c.over_at.is_(None), _letter.c.due_at <= now()).limit(1)
        return connection.scalar(due) is not None


def claim(*, sends_again: bool) -> Attempt | None:
    """Take one letter that is due.

    :param sends_again: also what may have gone out in an attempt that was never finished; else that counts as sent.
    """
    at = now()
    due = (_letter.c.over_at.is_(None)) & (_letter.c.due_at <= at)
    if not sends_again:
        changed(update(_letter).where(due, _letter.c.handed_over_at.is_not(None)).values(over_at=at))
    # Two statements: PostgreSQL may evaluate a locking subquery of an UPDATE several times, and take more than one.
    one = db.session.execute(
        select(_letter.c.id, _letter.c.attempts)
        .where(due)
        .order_by(_letter.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if one is None:
        return None
    taken = {"attempts": one.attempts + 1, "due_at": at + HOLD, "handed_over_at": None}
    changed(update(_letter).where(_letter.c.id == one.id).values(taken))
    return Attempt(one.id, one.attempts + 1)


def write(attempt: Attempt, settings: Settings) -> Letter | None:
    """The letter; None when there is nothing to send after all."""
    row = db.session.get_one(AccountLetter, attempt.letter_id)
    text = account_letters.write(row, settings)
    return None if text is None else _letter_of(row, text, settings)


def _letter_of(row: AccountLetter, text: account_letters.Text, settings: Settings) -> Letter:
    return Letter(
        delivery_id=row.id, organization_id=row.organization_id or 0, request_id=row.request_id,
        interaction_id=row.request_id, channel=ChannelType.EMAIL, recipient=row.email,
        sender=SenderName(settings.mail_sender or f"noreply@{settings.host}", PRODUCT_NAME), subject=text.subject,
        text="\n\n".join(text.lines), html=service_mail.as_html(text.lines),
        headers={"Auto-Submitted": "auto-generated"}, is_service=True,
    )  # fmt: skip


def hand_over(attempt: Attempt) -> bool:
    """Note that the last byte is about to go out; False: the hold is lost, stop."""
    return bool(changed(update(_letter).where(attempt.holds).values(handed_over_at=now())))


def finish(attempt: Attempt, *, note: str = "", is_kept: bool = False) -> None:
    """Nothing more is to be done about it."""
    changed(update(_letter).where(attempt.holds).values(over_at=now(), note=note[:500], is_kept=is_kept))


def retry(attempt: Attempt, reason: str) -> None:
    """Let another attempt follow, each later than the one before; after the last one, none."""
    if attempt.attempts >= MOST_ATTEMPTS:
        finish(attempt, note=reason)
        return
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt.attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
    waiting = {"due_at": now() + timedelta(seconds=pause), "note": reason[:500], "handed_over_at": None}
    changed(update(_letter).where(attempt.holds).values(waiting))


def list_kept(place: Membership, *, before: int | None, limit: int) -> Sequence[AccountLetter]:
    """The organization's letters that no mail server took and ``place`` may see, the newest first, below ``before``."""
    query = _kept_for(place)
    if before is not None:
        query = query.where(AccountLetter.id < before)
    return db.session.scalars(query.order_by(AccountLetter.id.desc()).limit(limit)).all()


def get_kept(place: Membership, letter_id: int) -> AccountLetter:
    """:raises NotFound: there is none of this number that ``place`` may see."""
    found = db.session.scalar(_kept_for(place).where(AccountLetter.id == letter_id))
    if found is None:
        raise NotFound(N_("There is no such letter in the outbox."))
    return found


def _kept_for(place: Membership) -> Select[AccountLetter]:
    query = (
        select(AccountLetter)
        .outerjoin(Invitation, Invitation.id == AccountLetter.invitation_id)
        .where(AccountLetter.organization_id == place.organization_id, AccountLetter.is_kept.is_(True))
    )
    if place.role is Role.OWNER:
        return query
    # Who could read it could become an owner by it.
    return query.where(or_(Invitation.id.is_(None), Invitation.role != Role.OWNER))
