"""Counting calls without a write on the call's own path: a tally in memory, written down every few seconds.

A crash loses what was counted since the last writing, and nothing else.
"""

import threading
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select

from ..bulk import put_rows
from ..clock import now
from ..database import changed, table_of
from ..extensions import db
from ..models.usage import CredentialKind, Usage
from .callers import Caller

KEPT_DAYS = 400
_AT_ONCE = 1000  # rows
NO_GROUP = 0  # what is no call to a method of the API; of a CLIENT, its refreshes

_usage = table_of(Usage)


class Sheet(NamedTuple):
    """What is counted on one sheet: calls of credentials of one kind to one group of methods on one day."""

    kind: CredentialKind
    day: date
    method_group: int


# By the credential's number: how many calls, and when the last one was. Where ten thousand of them call within a few
# seconds, nothing else in a worker's memory is as large.
Counts = dict[Sheet, dict[int, tuple[int, datetime]]]


class Tally:
    """Counts in the memory of this process.

    ``on_first`` is called when something is counted after it was drained, so that somebody writes it down.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counts = {}
        self.on_first: Callable[[], None] = lambda: None

    def count(self, caller: Caller, method_group: int) -> None:
        """Count one call by ``caller``, of its credential and of its app."""
        if caller.connection_id is None:
            self._count(method_group, (CredentialKind.API_KEY, caller.api_key_id or 0))
        else:
            app = (CredentialKind.CLIENT, caller.client_id or 0)
            self._count(method_group, (CredentialKind.CONNECTION, caller.connection_id), app)

    def count_secret(self, secret_id: int, *, refreshing: int | None = None) -> None:
        """Count one request that a client authenticated with the secret of this number.

        :param refreshing: the number of the client, when the request was a refresh.
        """
        refresh = () if refreshing is None else ((CredentialKind.CLIENT, refreshing),)
        self._count(NO_GROUP, (CredentialKind.CLIENT_SECRET, secret_id), *refresh)

    def count_refresh(self, client_id: int) -> None:
        """Count one refresh by the client numbered ``client_id``."""
        self._count(NO_GROUP, (CredentialKind.CLIENT, client_id))

    def _count(self, method_group: int, *credentials: tuple[CredentialKind, int]) -> None:
        at = now()
        today = at.date()
        with self._lock:
            is_first = not self._counts
            for kind, number in credentials:
                counts = self._sheet(Sheet(kind, today, method_group))
                found = counts.get(number)
                counts[number] = (found[0] + 1 if found else 1), at
        if is_first:
            self.on_first()

    def _sheet(self, sheet: Sheet) -> dict[int, tuple[int, datetime]]:
        found = self._counts.get(sheet)
        return self._counts.setdefault(sheet, {}) if found is None else found

    def drain(self) -> Counts:
        """Hand over what was counted so far, and start anew."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return counts

    def give_back(self, counts: Counts) -> None:
        """Take back what could not be written."""
        with self._lock:
            for sheet, given in counts.items():
                present = self._sheet(sheet)
                for number, (calls, at) in given.items():
                    more, later = present.get(number, (0, at))
                    present[number] = calls + more, max(at, later)


def record(counts: Counts) -> None:
    """Write ``counts`` down, in an order in which several processes can't lock each other out."""
    for sheet, given in sorted(counts.items(), key=lambda item: item[0]):
        numbers = sorted(given)
        for start in range(0, len(numbers), _AT_ONCE):
            rows = [(*sheet, number, *given[number]) for number in numbers[start : start + _AT_ONCE]]
            put_rows(_usage, (*Sheet._fields, "credential_id", "calls", "last_used_at"), rows, added=("calls",))


def last_used(kind: CredentialKind, ids: Collection[int]) -> dict[int, datetime]:
    """When each of these credentials was used last; those that never were are missing."""
    query = select(_usage.c.credential_id, func.max(_usage.c.last_used_at)).where(
        _usage.c.kind == kind, _usage.c.credential_id.in_(ids)
    )
    rows = db.session.execute(query.group_by(_usage.c.credential_id))
    return {row.credential_id: row[1] for row in rows}


def totals(kind: CredentialKind, ids: Collection[int], *, days: int) -> dict[int, int]:
    """How many calls each of these credentials made over the last ``days`` days; those without any are missing."""
    query = select(_usage.c.credential_id, func.sum(_usage.c.calls)).where(
        _usage.c.kind == kind, _usage.c.credential_id.in_(ids), _usage.c.day > now().date() - timedelta(days=days)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query.group_by(_usage.c.credential_id))}


def by_group(kind: CredentialKind, credential_id: int, *, days: int) -> dict[int, int]:
    """Calls by number of the group of methods, over the last ``days`` days."""
    query = select(_usage.c.method_group, func.sum(_usage.c.calls)).where(
        _usage.c.kind == kind,
        _usage.c.credential_id == credential_id,
        _usage.c.day > now().date() - timedelta(days=days),
    )
    return {group: int(calls) for group, calls in db.session.execute(query.group_by(_usage.c.method_group))}


def last_used_by_group(kind: CredentialKind, credential_id: int) -> dict[int, datetime]:
    """When the credential called each group of methods last, by the group's number; up to KEPT_DAYS ago."""
    query = select(_usage.c.method_group, func.max(_usage.c.last_used_at)).where(
        _usage.c.kind == kind, _usage.c.credential_id == credential_id
    )
    return {row[0]: row[1] for row in db.session.execute(query.group_by(_usage.c.method_group))}


def by_day(kind: CredentialKind, credential_id: int, *, days: int) -> dict[tuple[date, int], int]:
    """Calls by day and number of the group of methods, over the last ``days`` days; what is 0 is missing."""
    query = select(_usage.c.day, _usage.c.method_group, _usage.c.calls).where(
        _usage.c.kind == kind,
        _usage.c.credential_id == credential_id,
        _usage.c.day > now().date() - timedelta(days=days),
    )
    return {(day, group): calls for day, group, calls in db.session.execute(query)}


def forget_old() -> int:
    """Delete counts that are older than KEPT_DAYS; how many rows."""
    return changed(delete(_usage).where(_usage.c.day < now().date() - timedelta(days=KEPT_DAYS)))
