"""Events: recording what happens now, loading what happened in the past, deleting a period."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import delete, insert, select

from ..bulk import insert_rows
from ..clock import now
from ..database import changed, table_of, upsert
from ..errors import AppError, BadRequest, Invalid
from ..extensions import db
from ..models import Event, EventType
from . import event_keys

LONGEST_TYPE, LONGEST_KEY, LONGEST_NAME = 100, 300, 100
LARGEST_EVENT = 20 * 1024  # bytes
OLDEST = timedelta(days=5 * 366)

Params = Sequence[dict[str, Any]]
_event, _event_type = table_of(Event), table_of(EventType)


class EventTooLarge(AppError):
    code, status, detail = "content_too_large", 413, "An event has at most 20 kB."


class PastEventStatus(StrEnum):
    """What became of one event of the past; the names are the reference's (5.2)."""

    ACCEPTED = "ACCEPTED"
    OCCURRED_DATE_IS_REQUIRED = "OCCURRED_DATE_IS_REQUIRED"
    INCORRECT_OCCURRED_DATE_FORMAT = "INCORRECT_OCCURRED_DATE_FORMAT"
    OCCURRED_TIME_TOO_DEPTH = "OCCURRED_TIME_TOO_DEPTH"
    OCCURRED_TIME_IN_FUTURE = "OCCURRED_TIME_IN_FUTURE"
    EVENT_SEGMENTATION_DISABLED = "EVENT_SEGMENTATION_DISABLED"


@dataclass(frozen=True)
class PastEvent:
    """:param occurred: when it happened; the status that it gets instead when that can't be told."""

    type_key: str
    key: str
    occurred: datetime | PastEventStatus
    params: Params = field(default_factory=list)


def record(organization_id: int, *, type_key: str, key: str | None, params: Params, known: Params = ()) -> None:
    """Record an event that happens now; its type is made when it is new.

    :param key: taken from ``params`` when not given. :param known: what the server adds, where the sender says nothing.
    :raises Invalid: a key or a parameter's name is not acceptable. :raises BadRequest: there is no key, or a parameter
        is missing that events of this type must have. :raises EventTooLarge: it is over 20 kB.
    """
    _check_params(params)
    key = key or event_keys.derive(params)
    if key is None:
        raise BadRequest("The event has no keyValue, and none of its params identifies a contact.")
    _check_keys(type_key, key)
    if len(orjson.dumps(params)) > LARGEST_EVENT:
        raise EventTooLarge
    kind = _types(organization_id, [type_key])[type_key]
    _check_required(kind, params)
    said = {param["name"] for param in params}
    everything = [*params, *(param for param in known if param["name"] not in said)]
    _insert(organization_id, [(kind.id, key, everything, now())], is_past=False)


def record_many(organization_id: int, *, type_key: str, events: Sequence[tuple[str, Params]]) -> None:
    """Record events of one type that happen now, each with its key, which the caller has made acceptable."""
    if events:
        kind, at = _types(organization_id, [type_key])[type_key], now()
        columns = ("organization_id", "event_type_id", "key", "params", "occurred_at", "recorded_at", "is_past")
        insert_rows(_event, columns, [(organization_id, kind.id, key, params, at, at, False) for key, params in events])


def load_past(organization_id: int, past: Sequence[PastEvent]) -> list[PastEventStatus]:
    """Record events of the past, each on its own; what became of each, in the order given.

    :raises Invalid: a key or a parameter's name is not acceptable; then nothing is recorded.
    """
    for event in past:
        _check_params(event.params)
        _check_keys(event.type_key, event.key)
        if len(orjson.dumps(event.params)) > LARGEST_EVENT:
            raise EventTooLarge
    kinds = _types(organization_id, [event.type_key for event in past])
    statuses = [_status(event, kinds[event.type_key]) for event in past]
    accepted = [
        (kinds[event.type_key].id, event.key, event.params, event.occurred)
        for event, status in zip(past, statuses, strict=True)
        if status is PastEventStatus.ACCEPTED
    ]
    _insert(organization_id, accepted, is_past=True)
    return statuses


def delete_period(organization_id: int, start: datetime, end: datetime) -> int:
    """Delete the events that happened from ``start`` to ``end``, both included; how many.

    :raises BadRequest: the period ends before it starts.
    """
    if end < start:
        raise BadRequest("The period ends before it starts.")
    return changed(
        delete(_event).where(
            _event.c.organization_id == organization_id, _event.c.occurred_at >= start, _event.c.occurred_at <= end
        )
    )


def get_type(organization_id: int, key: str) -> EventType:
    """The type of this key, made when it is new.

    :raises Invalid: the key is not acceptable.
    """
    _check_keys(key, "-")
    return _types(organization_id, [key])[key]


def _status(event: PastEvent, kind: EventType) -> PastEventStatus:
    if isinstance(event.occurred, PastEventStatus):
        return event.occurred
    if event.occurred > now():
        return PastEventStatus.OCCURRED_TIME_IN_FUTURE
    if event.occurred < now() - OLDEST:
        return PastEventStatus.OCCURRED_TIME_TOO_DEPTH
    return PastEventStatus.ACCEPTED if kind.takes_past_events else PastEventStatus.EVENT_SEGMENTATION_DISABLED


def _check_keys(type_key: str, key: str) -> None:
    for name, value, longest in (("eventTypeKey", type_key, LONGEST_TYPE), ("keyValue", key, LONGEST_KEY)):
        problem = event_keys.problem(value, longest=longest)
        if problem:
            raise Invalid({name: [f"{name} {problem}."]})


def _check_params(params: Params) -> None:
    names = [str(param["name"]) for param in params]
    if any(not name.strip() or len(name) > LONGEST_NAME for name in names):
        raise Invalid({"params": [f"A parameter's name has 1 to {LONGEST_NAME} characters."]})
    repeated = sorted(name for name, number in Counter(names).items() if number > 1)
    if repeated:
        raise Invalid({"params": [f"The parameter '{repeated[0]}' is repeated."]})


def _check_required(kind: EventType, params: Params) -> None:
    given = {param["name"] for param in params}
    if not given.issuperset(kind.required_params):
        needed = [{"name": name, "required": True} for name in kind.required_params]
        raise BadRequest(f"The event should have the following params: {orjson.dumps(needed).decode()}")


def _types(organization_id: int, keys: Sequence[str]) -> dict[str, EventType]:
    """The types of ``keys``; new ones are made, and two requests that make the same one agree on it."""
    wanted = sorted(set(keys))
    found = _find_types(organization_id, wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        rows = [
            {"organization_id": organization_id, "key": key, "required_params": [], "takes_past_events": True,
             "created_at": now()}
            for key in missing
        ]  # fmt: skip
        db.session.execute(upsert(_event_type, db.engine.dialect.name).on_conflict_do_nothing(), rows)
        found = _find_types(organization_id, wanted)
    return found


def _find_types(organization_id: int, keys: Sequence[str]) -> dict[str, EventType]:
    query = select(EventType).where(EventType.organization_id == organization_id, EventType.key.in_(keys))
    return {kind.key: kind for kind in db.session.scalars(query)}


def _insert(organization_id: int, rows: Sequence[tuple[int, str, Params, Any]], *, is_past: bool) -> None:
    if rows:
        at = now()
        values = [
            {"organization_id": organization_id, "event_type_id": type_id, "key": key, "params": params,
             "occurred_at": occurred, "recorded_at": at, "is_past": is_past}
            for type_id, key, params, occurred in rows
        ]  # fmt: skip
        db.session.execute(insert(_event), values)
