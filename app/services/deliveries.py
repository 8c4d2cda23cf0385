"""The worker's side of deliveries: taking some, keeping hold of them, and writing down what became of each.

Taking one is a conditional UPDATE that counts the attempt. Whoever acts later says which attempt it acts for: a worker
that was thought dead can no longer hand a message over, nor write down what became of it.
"""

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, literal, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from ..clock import now
from ..database import changed, one_of, table_of, upsert
from ..extensions import db
from ..models import ActivityStatus, ChannelType, Delivery, DeliveryStatus, MessageText, OutboxLetter, ShortLink, Stage
from . import activity, balance, delivery_status, letters, reserves, unsubscribed
from .activity import Happened
from .letters import Letter
from .personalisation import TooLong
from .public_links import PublicLinks

log = logging.getLogger("uaa.deliveries")

MOST_ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 10, 3600  # seconds
_RECLAIMED_AT_ONCE = 500
# So much lies in memory as a whole, and is written into the outbox in one transaction.
_LONGEST_AT_ONCE = 8_000_000  # characters

_delivery, _outbox, _short_link = table_of(Delivery), table_of(OutboxLetter), table_of(ShortLink)

_UNDELIVERED = {
    ChannelType.EMAIL: DeliveryStatus.UNDELIVERED,
    ChannelType.SMS: DeliveryStatus.SMS_UNDELIVERED_STATE,
    ChannelType.VIBER: DeliveryStatus.VIBER_UNDELIVERED_STATE,
    ChannelType.TELEGRAMBOT: DeliveryStatus.BOT_SEND_ERROR,
}
UNSURE = "The server got all of the message, and its answer got lost."


@dataclass(frozen=True)
class Claim:
    """A delivery that one worker may act on, for this attempt. :param worker: the name of a batch of it."""

    delivery_id: int
    worker: str
    attempts: int

    @property
    def holds(self) -> ColumnElement[bool]:
        return (
            (_delivery.c.id == self.delivery_id)
            & (_delivery.c.worker == self.worker)
            & (_delivery.c.attempts == self.attempts)
            & (_delivery.c.stage == Stage.SENDING)
        )


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt.

    :param keeps_letter: the outbox delivers by keeping it. :param is_refused: it never left the house, or bounced there.
    """

    status: DeliveryStatus
    description: str = ""
    keeps_letter: bool = False
    is_refused: bool = False


def undelivered(channel: ChannelType, description: str) -> Outcome:
    """It will not arrive; what was paid is given back."""
    return Outcome(_UNDELIVERED.get(channel, DeliveryStatus.UNDELIVERED), description, is_refused=True)


def claim(worker: str, *, limit: int, hold: int) -> list[Claim]:
    """Take up to ``limit`` deliveries that are due, for ``hold`` seconds, which renew() prolongs."""
    at = now()
    # PostgreSQL may evaluate a locking subquery of an UPDATE several times, and take more.
    some = (
        select(_delivery.c.id)
        .where(_delivery.c.stage == Stage.WAITING, _delivery.c.due_at <= at)
        .order_by(_delivery.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("some")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = (
        update(_delivery)
        .where(_delivery.c.id.in_(select(some.c.id)), _delivery.c.stage == Stage.WAITING)
        .values(
            stage=Stage.SENDING, worker=worker, attempts=_delivery.c.attempts + 1, due_at=at + timedelta(seconds=hold),
            handed_over_at=None,
        )
        .returning(_delivery.c.id, _delivery.c.attempts)
    )  # fmt: skip
    return sorted((Claim(id, worker, attempts) for id, attempts in db.session.execute(taken)), key=lambda c: c.delivery_id)


def renew(workers: Collection[str], *, hold: int) -> int:
    """Keep hold of all that ``workers`` have; how many there are."""
    mine = (_delivery.c.stage == Stage.SENDING) & _delivery.c.worker.in_(workers)
    return changed(update(_delivery).where(mine).values(due_at=now() + timedelta(seconds=hold)))


def write(claims: Sequence[Claim], links: PublicLinks) -> tuple[list[tuple[Claim, Letter]], Sequence[Claim]]:
    """The letters of ``claims``, but for those that can't be written; what their short links lead to is kept.

    :returns: when they are very long, those of the first ones only; and the claims that are left.
    """
    query = select(Delivery, MessageText).join(MessageText, MessageText.id == Delivery.text_id)
    rows = {
        delivery.id: (delivery, text)
        for delivery, text in db.session.execute(query.where(one_of(_delivery.c.id, [c.delivery_id for c in claims])))
    }
    written, size, left = list[tuple[Claim, Letter]](), 0, list(claims)
    while left and size <= _LONGEST_AT_ONCE:
        one = left.pop(0)
        letter = _letter(*rows[one.delivery_id], links) if one.delivery_id in rows else None
        if letter is not None:
            written.append((one, letter))
            size += len(letter.text) + len(letter.html) + len(letter.amp_html)
    shortened = [
        {"token": token, "delivery_id": one.delivery_id, "position": position, "url": url}
        for one, letter in written
        for position, (token, url) in enumerate(letter.short_links.items())
    ]
    if shortened:
        db.session.execute(upsert(_short_link, db.session.get_bind().dialect.name).on_conflict_do_nothing(), shortened)
    return written, left


def _letter(delivery: Delivery, text: MessageText, links: PublicLinks) -> Letter | None:
    """None when it can't be written: what one organization made up must not keep the letters of others."""
    try:
        return letters.write(delivery, text, links)
    except TooLong as error:
        log.warning("delivery %d: %s", delivery.id, error)
    except Exception:
        log.exception("delivery %d can't be written", delivery.id)
    return None


def unwanted(written: Sequence[tuple[Claim, Letter]]) -> dict[int, Outcome]:
    """Emails to addresses that were unsubscribed since they were accepted, by their deliveries' ids."""
    emails: dict[int, list[Letter]] = {}
    for _, letter in written:
        if letter.channel is ChannelType.EMAIL and not letter.is_service:
            emails.setdefault(letter.organization_id, []).append(letter)
    found = dict[int, Outcome]()
    for organization_id, some in emails.items():
        listed = unsubscribed.among(organization_id, {letter.recipient for letter in some})
        for letter in some:
            if letter.recipient in listed:
                status, sentence = unsubscribed.refusal(listed[letter.recipient])
                found[letter.delivery_id] = Outcome(status, sentence, is_refused=True)
    return found


def hand_over(one: Claim) -> bool:
    """Note that the last byte is about to go to a server that can't tell a repetition; False: the hold is lost, stop."""
    return bool(changed(update(_delivery).where(one.holds).values(handed_over_at=now())))


def finish(outcomes: Sequence[tuple[Claim, Letter | None, Outcome]]) -> int:
    """Write down what became of attempts whose hold lasts; how many."""
    happened, refused, done, at = list[Happened](), list[int](), 0, now()
    for one, letter, outcome in outcomes:
        noted = db.session.execute(_over(one, outcome, at)).one_or_none()
        if noted is None:
            continue
        done += 1
        if outcome.keeps_letter and letter is not None:
            _keep(letter, at)
        is_news = noted.status_at == at
        if outcome.is_refused and is_news:
            refused.append(one.delivery_id)
            reason = outcome.description or outcome.status.value
            happened.append(Happened(one.delivery_id, ActivityStatus.UNDELIVERED, at, reason))
        # That an email has arrived nobody else says, though it may have been read before this note.
        if outcome.status is DeliveryStatus.DELIVERED and (is_news or noted.channel is ChannelType.EMAIL):
            happened.append(Happened(one.delivery_id, ActivityStatus.DELIVERED, at))
    _give_back(refused)
    activity.record_of_deliveries(happened)
    return done


def _over(one: Claim, outcome: Outcome, at: datetime) -> ReturningUpdate[Any]:
    """The end of an attempt. Its status counts unless the recipient or the gateway was quicker with a later one."""
    is_news = _delivery.c.status.in_(delivery_status.before(outcome.status))
    noted = {"status": outcome.status, "status_description": outcome.description[:500], "status_at": at}
    values = {
        name: case((is_news, literal(value, _delivery.c[name].type)), else_=_delivery.c[name])
        for name, value in noted.items()
    }
    return (
        update(_delivery)
        .where(one.holds)
        .values(stage=Stage.OVER, worker=None, **values)
        .returning(_delivery.c.status_at, _delivery.c.channel)
    )


def retry(one: Claim, description: str, *, pause: float | None = None) -> None:
    """Let an attempt that failed for the moment be followed by another, each later than the one before."""
    if pause is None:
        # Not all at the same moment, or they would fail together again.
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (one.attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
    waiting = {
        "stage": Stage.WAITING, "due_at": now() + timedelta(seconds=pause), "status_description": description[:500],
        "worker": None, "handed_over_at": None,
    }  # fmt: skip
    changed(update(_delivery).where(one.holds).values(waiting))


def release(claims: Sequence[Claim]) -> None:
    """Give back what was taken and not begun, as if it had not been taken."""
    for one in claims:
        waiting = {"stage": Stage.WAITING, "due_at": now(), "worker": None, "attempts": one.attempts - 1}
        changed(update(_delivery).where(one.holds).values(waiting))


def reclaim(*, sends_again: bool) -> int:
    """Free what a worker held that gave no sign of life; how many.

    :param sends_again: also what it may have handed over; else that counts as sent.
    """
    lost = db.session.execute(
        select(_delivery.c.id, _delivery.c.worker, _delivery.c.attempts, _delivery.c.handed_over_at)
        .where(_delivery.c.stage == Stage.SENDING, _delivery.c.due_at <= now())
        .limit(_RECLAIMED_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    unsure = [
        (Claim(row.id, row.worker, row.attempts), None, Outcome(DeliveryStatus.DELIVERED, UNSURE))
        for row in lost
        if row.handed_over_at is not None and not sends_again
    ]
    kept = {one.delivery_id for one, _, _ in unsure}
    for row in lost:
        if row.id not in kept:
            retry(Claim(row.id, row.worker, row.attempts), "The worker that had it stopped.", pause=0)
    finish(unsure)
    return len(lost)


def next_due() -> datetime | None:
    """When the next waiting delivery is to be tried."""
    return db.session.scalar(
        select(_delivery.c.due_at).where(_delivery.c.stage == Stage.WAITING).order_by(_delivery.c.due_at).limit(1)
    )


def _keep(letter: Letter, at: datetime) -> None:
    row = {
        "organization_id": letter.organization_id, "delivery_id": letter.delivery_id, "letter": letter.as_json(),
        "created_at": at,
    }  # fmt: skip
    db.session.execute(upsert(_outbox, db.session.get_bind().dialect.name).on_conflict_do_nothing(), [row])


def _give_back(delivery_ids: Collection[int]) -> None:
    """Return what was paid. Organizations come in one order, so that two workers don't wait for each other for ever."""
    paid = select(
        _delivery.c.organization_id,
        _delivery.c.channel,
        _delivery.c.price,
        _delivery.c.bonus,
        _delivery.c.request_id,
        _delivery.c.sender_id,
    ).where(one_of(_delivery.c.id, delivery_ids))
    for row in db.session.execute(paid.order_by(_delivery.c.organization_id, _delivery.c.id)).all() if delivery_ids else ():
        if row.sender_id is None:
            balance.give_back(row.organization_id, row.channel, money=row.price, bonus=row.bonus, note=row.request_id)
        else:
            reserves.give_back(row.organization_id, row.sender_id, money=row.price, note=row.request_id)
