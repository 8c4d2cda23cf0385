"""Reading the activity on and on: each page goes on from the last row of the one before.

The cursor is the row's number. Within an organization no row appears after one with a larger number (see
``services.activity``), and a page is one statement, which sees all rows of one moment: what was not there yet when a
page was read has a larger number than everything on it. The time when something happened is no cursor: devices and
gateways report late, and what is reported late would be missed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from ..database import reading, table_of
from ..models import Activity, ActivityStatus, ChannelType

_activity = table_of(Activity)


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for.

    :param start: of the period in which it happened, :param end: included. :param after: the number of the last row seen.
    :param locator: an address, number or token, as it is stored, :param channels: of these channels.
    """

    start: datetime
    end: datetime
    after: int = 0
    channels: Collection[ChannelType] = ()
    locator: str | None = None
    tag: str | None = None
    status: ActivityStatus | None = None


def read(organization_id: int, wanted: Wanted, *, limit: int) -> Sequence[Row[Any]]:
    """The first ``limit`` rows that are wanted, in the order in which they were written down."""
    with reading() as connection:
        query = (
            select(_activity)
            .where(_activity.c.organization_id == organization_id, *_conditions(wanted, connection.dialect.name))
            .order_by(_activity.c.id)
            .limit(limit)
        )
        return connection.execute(query).all()


def _conditions(wanted: Wanted, dialect: str) -> list[ColumnElement[bool]]:
    found = [
        _activity.c.id > wanted.after,
        _activity.c.occurred_at.between(wanted.start, wanted.end),
        # Of interest to the sender's own pages only: the reference's answers have no such status.
        _activity.c.status != ActivityStatus.SENT,
    ]
    if wanted.locator is not None:
        found += [_activity.c.locator == wanted.locator, _activity.c.channel.in_(wanted.channels)]
    if wanted.tag is not None:
        # Exact, also in letter case, which LIKE is not everywhere.
        position = func.instr if dialect == "sqlite" else func.strpos
        found.append(position(_activity.c.message_tags, f",{wanted.tag.replace(',', ' ')},") > 0)
    if wanted.status is not None:
        found.append(_activity.c.status == wanted.status)
    return found
