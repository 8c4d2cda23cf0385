"""Deleting what has expired and what nobody can ask about any more, in small steps."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, exists, or_, select, update

from ..clock import now
from ..database import changed, one_of, table_of
from ..extensions import db
from ..models import (
    AccessToken,
    AccountLetter,
    AuthorizationCode,
    ClientEvent,
    Invitation,
    LoginSession,
    RecentRequest,
    Ticket,
    TokenFamily,
)
from . import client_events, connections, contact_imports, usage

UnitOfWork = Callable[[], AbstractContextManager[None]]

STEP = 1000
# So many tokens issued by a process are followed by so small a step. At every hundredth it took a tenth of the token
# endpoint's time.
EVERY = 500
# A second use is recognized until a code expires; whoever comes later still finds out what became of it, for a day.
CODES_KEPT = timedelta(days=1)
# A client that comes back late is told why its access has ended, and an old refresh token is known for what it is.
FAMILIES_KEPT = timedelta(days=30)
# What stays in the outbox can be looked at for so long.
LETTERS_KEPT = timedelta(days=30)

_code, _token, _family = table_of(AuthorizationCode), table_of(AccessToken), table_of(TokenFamily)
_ticket, _invitation, _letter = table_of(Ticket), table_of(Invitation), table_of(AccountLetter)
_session, _request, _event = table_of(LoginSession), table_of(RecentRequest), table_of(ClientEvent)


@dataclass(frozen=True)
class Chore:
    """Rows of one table that are over."""

    name: str
    table: Table
    is_over: Callable[[datetime], ColumnElement[bool]]

    def delete_some(self, limit: int = STEP) -> int:
        """Delete up to ``limit`` rows; how many there were."""
        key = self.table.primary_key.columns[0]
        over = self.is_over(now())
        return changed(delete(self.table).where(over, key.in_(select(key).where(over).limit(limit))))


class OldImports:
    """Imports go together with a row for each of their contacts, which only they lead to."""

    name = "imports"

    def delete_some(self, limit: int = STEP) -> int:
        """Delete up to ``limit`` rows; how many there were."""
        return contact_imports.forget_some(limit)


CHORES: tuple[Chore | OldImports, ...] = (
    Chore("authorization_codes", _code, lambda at: _code.c.expires_at < at - CODES_KEPT),
    Chore("login_sessions", _session, lambda at: or_(_session.c.expires_at < at, _session.c.ended_at.is_not(None))),
    Chore("tickets", _ticket, lambda at: or_(_ticket.c.expires_at < at, _ticket.c.ended_at.is_not(None))),
    Chore("invitations", _invitation, lambda at: or_(_invitation.c.expires_at < at, _invitation.c.ended_at.is_not(None))),
    Chore("account_letters", _letter, lambda at: _letter.c.over_at < at - LETTERS_KEPT),
    Chore("recent_requests", _request, lambda at: _request.c.expires_at < at),
    Chore("client_events", _event, lambda at: _event.c.at < at - timedelta(days=client_events.KEPT_DAYS)),
    OldImports(),
)
_CODES, *_OTHERS = CHORES


def everything(unit_of_work: UnitOfWork, *, grace: int) -> dict[str, int]:
    """Delete all that is over, end what has reached its end date, and wipe the salts of refreshes past repeating.

    :param unit_of_work: opens one for each step, so that nobody waits long for a lock.
    :param grace: seconds for which a refresh can be repeated.
    :returns: how many rows of each kind.
    """
    counts: dict[str, int] = {}
    for chore in CHORES:
        counts[chore.name] = 0
        done = STEP
        while done == STEP:
            with unit_of_work():
                done = chore.delete_some()
            counts[chore.name] += done
    counts["ended_connections"] = _end_due(unit_of_work)
    counts |= _tend_all(unit_of_work, grace)
    with unit_of_work():
        counts["usage_days"] = usage.forget_old()
    return counts


class Housekeeping:
    """Purging in passing: a small step now and then while tokens are issued, so that nothing piles up without a cron job.

    :param every: tokens issued by this process between two steps.
    """

    def __init__(self, *, grace: int, every: int = EVERY) -> None:
        self._grace, self._every = grace, every
        # A token can come with a code and a family of its own. At every second step codes go, and families at each: of
        # both, more in the long run than are issued.
        self._step, self._families = 3 * every, 3 * every // 2
        self._issued, self._last_family = itertools.count(1), -1

    def is_due(self) -> bool:
        """Count one more token that was issued; whether a step should follow."""
        self._turn = next(self._issued)
        return self._turn % self._every == 0

    def step(self) -> None:
        """Delete a little: of what a code may leave behind and of another table, by turns; tend some families; and end
        connections on their end dates.
        """
        connections.end_due(limit=self._step)
        rounds, is_other = divmod(self._turn // self._every, 2)
        chore = _OTHERS[rounds % len(_OTHERS)] if is_other else _CODES
        chore.delete_some(self._step)
        ids, _ = _tend(self._grace, after=self._last_family, limit=self._families)
        self._last_family = ids[-1] if len(ids) == self._families else -1


def _end_due(unit_of_work: UnitOfWork) -> int:
    ended, done = 0, STEP
    while done == STEP:
        with unit_of_work():
            done = connections.end_due(limit=STEP)
        ended += done
    return ended


def _tend(grace: int, *, after: int, limit: int) -> tuple[Sequence[int], dict[str, int]]:
    """Look at ``limit`` families from number ``after`` on, in the order of their numbers: which, and how many tokens,
    families and salts there were whose time is over.

    By number: an index that finds them by their time would have to be kept at every refresh, and would make PostgreSQL
    write a new entry into each of the table's other indexes too.
    """
    ids = db.session.scalars(select(_family.c.id).where(_family.c.id > after).order_by(_family.c.id).limit(limit)).all()
    if not ids:
        return ids, {}
    at, seen = now(), one_of(_family.c.id, ids)
    expired = delete(_token).where(one_of(_token.c.family_id, ids), _token.c.expires_at < at)
    over = (_family.c.expires_at < at - FAMILIES_KEPT) & ~exists().where(_token.c.family_id == _family.c.id)
    unrepeatable = _family.c.rotation_salt.is_not(None) & (_family.c.rotated_at < at - timedelta(seconds=grace))
    return ids, {
        "access_tokens": changed(expired),
        "token_families": changed(delete(_family).where(seen, over)),
        "rotation_salts": changed(update(_family).where(seen, unrepeatable).values(rotation_salt=None)),
    }


def _tend_all(unit_of_work: UnitOfWork, grace: int) -> Counter[str]:
    counts, last = Counter(access_tokens=0, token_families=0, rotation_salts=0), -1
    while True:
        with unit_of_work():
            ids, some = _tend(grace, after=last, limit=STEP)
        counts.update(some)
        if len(ids) < STEP:
            return counts
        last = ids[-1]
