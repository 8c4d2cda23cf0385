"""The numbers of a partner app over the last days: its connections, refreshes, calls, and failed requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from ..clock import now
from ..database import day_of
from ..extensions import db
from ..models import Client, Connection, CredentialKind
from . import client_events, usage

DAYS = 30
CAUSES = 10


@dataclass(frozen=True)
class Numbers:
    """What is known of each of ``days``, in their order.

    :param connections: live ones at the end of the day. :param calls: by number of the group of methods.
    :param errors: by error code, the most frequent first. :param causes: error code, words and how often.
    """

    days: Sequence[date]
    connections: Sequence[int]
    refreshes: Sequence[int]
    calls: dict[int, Sequence[int]]
    errors: dict[str, Sequence[int]]
    causes: Sequence[tuple[str, str, int]]


def of(client: Client) -> Numbers:
    """The numbers of ``client`` over the last DAYS days, today's so far included."""
    today = now().date()
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    used = usage.by_day(CredentialKind.CLIENT, client.id, days=DAYS)
    failed = client_events.by_day(client, days=DAYS)
    totals = {code: sum(number for (_, error), number in failed.items() if error == code) for _, code in failed}
    return Numbers(
        days=days,
        connections=_connections(client, days),
        refreshes=[used.get((day, usage.NO_GROUP), 0) for day in days],
        calls={
            group: [used.get((day, group), 0) for day in days]
            for group in sorted({group for _, group in used} - {usage.NO_GROUP})
        },
        errors={
            code: [failed.get((day, code), 0) for day in days]
            for code in sorted(totals, key=lambda code: (-totals[code], code))
        },
        causes=client_events.causes(client, days=DAYS, limit=CAUSES),
    )


def _connections(client: Client, days: Sequence[date]) -> list[int]:
    opened = func.coalesce(Connection.first_approved_at, Connection.approved_at)
    over = func.coalesce(Connection.ended_at, Connection.ends_at)
    start = datetime.combine(days[0], time(), tzinfo=UTC)
    before = select(func.count()).where(
        Connection.client_id == client.id, opened < start, or_(over.is_(None), over >= start)
    )
    live = db.session.scalar(before) or 0
    gained = _by_day(client, opened, opened >= start)
    lost = _by_day(client, over, and_(over >= start, over <= now()))
    counts = []
    for day in days:
        live += gained.get(day, 0) - lost.get(day, 0)
        counts.append(live)
    return counts


def _by_day(client: Client, instant: ColumnElement[datetime], condition: ColumnElement[bool]) -> dict[date, int]:
    day = day_of(instant)
    query = select(day, func.count()).where(Connection.client_id == client.id, condition).group_by(day)
    return {row[0]: row[1] for row in db.session.execute(query)}
