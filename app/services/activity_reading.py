"""Reading the activity on and on: each page goes on from the last row of the one before.

The cursor is the row's number. Within an organization no row appears after one with a larger number (see
``services.activity``): what was not there yet when a page was begun has a larger number than everything on it. The time
when something happened is no cursor: devices and gateways report late, and what is reported late would be missed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, select, tuple_, union_all

from ..database import reading, table_of
from ..models import Activity, ActivitySpan, ActivityStatus, ChannelType

_activity, _span = table_of(Activity), table_of(ActivitySpan)
_BLOCK, _BLOCKS_AT_ONCE = ActivitySpan.BLOCK, 1000
# An organization whose messages have more combinations of tags is read row by row.
_MOST_COMBINATIONS = 500
_tags = _activity.c.tags_start
_LARGEST = 2**63 - 1
Condition = ColumnElement[bool]


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
    rows: list[Row[Any]] = []
    own = _activity.c.organization_id == organization_id
    with reading() as connection:
        # All rows up to this one are there, and none is added among them: the statements that follow see the same.
        newest = _newest(connection, organization_id)
        conditions = [own, *_conditions(wanted)]
        tags = None if wanted.tag is None else _combinations(connection, own, f",{wanted.tag.replace(',', ' ')},")
        for first, last in _stretches(connection, organization_id, wanted, newest):
            within = [*conditions, _activity.c.id.between(first, last)]
            rows += connection.execute(_select(within, tags, limit - len(rows))).all()
            if len(rows) == limit:
                break
    return rows


def _newest(connection: Connection, organization_id: int) -> int:
    """The largest number of an organization's rows; 0 without any."""
    place = tuple_(_activity.c.organization_id, _activity.c.id)
    # By both, so that the index of both is gone by: the one of numbers alone leads through the rows of all the others.
    query = (
        select(_activity.c.organization_id, _activity.c.id)
        .where(place <= tuple_(organization_id, _LARGEST))
        .order_by(_activity.c.organization_id.desc(), _activity.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).first()
    return found.id if found is not None and found.organization_id == organization_id else 0


def _conditions(wanted: Wanted) -> list[Condition]:
    found: list[Condition] = [_activity.c.occurred_at.between(wanted.start, wanted.end)]
    if wanted.locator is not None:
        found += [_activity.c.locator == wanted.locator, _activity.c.channel.in_(wanted.channels)]
    # Of interest to the sender's own pages only: the reference's answers have no status SENT.
    status = _activity.c.status
    found.append(status == wanted.status if wanted.status is not None else status != ActivityStatus.SENT)
    return found


def _stretches(
    connection: Connection, organization_id: int, wanted: Wanted, newest: int
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """First and last numbers of stretches in which there may be rows of the period, in order."""
    after = wanted.after
    query = (
        select(_span.c.block)
        .where(
            _span.c.organization_id == organization_id,
            _span.c.day.between(wanted.start.astimezone(UTC).date(), wanted.end.astimezone(UTC).date()),
        )
        .group_by(_span.c.block)
        .order_by(_span.c.block)
        .limit(_BLOCKS_AT_ONCE)
    )
    while after < newest:
        blocks = connection.scalars(query.where(_span.c.block.between((after + 1) // _BLOCK, newest // _BLOCK))).all()
        for first, last in _runs(blocks):
            yield max(first * _BLOCK, after + 1), min((last + 1) * _BLOCK - 1, newest)
        if len(blocks) < _BLOCKS_AT_ONCE:
            break
        after = (blocks[-1] + 1) * _BLOCK - 1


def _runs(blocks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """``blocks`` without the inner ones of those that follow upon each other."""
    start = 0
    for index, block in enumerate(blocks):
        if index + 1 == len(blocks) or blocks[index + 1] != block + 1:
            yield blocks[start], block
            start = index + 1


@dataclass(frozen=True)
class _Tag:
    """Rows with one tag. :param among: the combinations of tags that have it; None when there are too many to say."""

    has_it: Condition
    among: Sequence[str] | None


def _combinations(connection: Connection, own: Condition, tag: str) -> _Tag:
    """What all rows with ``tag`` have in common: combinations of tags are few, rows are many."""
    # Exact, also in letter case, which LIKE is not everywhere.
    position = func.instr if connection.dialect.name == "sqlite" else func.strpos
    has_it = position(_activity.c.message_tags, tag) > 0
    least = select(func.min(_tags).label("tags")).where(own, _tags.is_not(None))
    # From each combination to the next by the index, which knows at once where that is.
    found = least.cte("found", recursive=True)
    following = least.where(_tags > found.c.tags).scalar_subquery()
    found = found.union_all(select(following).where(found.c.tags.is_not(None)))
    combinations = connection.scalars(select(found.c.tags).limit(_MOST_COMBINATIONS + 2)).all()
    if len(combinations) > _MOST_COMBINATIONS:
        return _Tag(has_it, None)
    return _Tag(has_it, [one for one in combinations if one and (tag in one or len(one) == Activity.TAGS_START)])


def _select(conditions: Sequence[Condition], tag: _Tag | None, limit: int) -> Select[Any]:
    if tag is None or tag.among is None:
        further = [tag.has_it] if tag else []
        return select(_activity).where(*conditions, *further).order_by(_activity.c.id).limit(limit)
    if not tag.among:
        return select(_activity).where(false())
    each = (select(_activity.c.id).where(*conditions, _tags == one, tag.has_it) for one in tag.among)
    together = union_all(*each).subquery()
    ids = select(together.c.id).order_by(together.c.id).limit(limit)
    return select(_activity).where(_activity.c.id.in_(ids)).order_by(_activity.c.id)
