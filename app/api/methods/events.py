"""5. Managing events."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

import orjson
from flask import current_app
from pydantic.alias_generators import to_camel

from ...database import unit_of_work
from ...errors import BadRequest, Invalid
from ...locations import Locations
from ...services import contacts, events, local_times, orders
from ...services.callers import Caller
from ...services.events import PastEventStatus
from .. import reading
from ..groups import EVENTS
from ..schemas.contact import ContactBody
from ..schemas.event import (
    EventBody,
    PastEvent,
    PastEventResult,
    PastEventsBody,
    PastEventsResult,
    PeriodBody,
    TextEventBody,
)
from ..schemas.order import read_order
from ..schemas.wire import Wire

_TOO_LARGE = {413: "The body is too large, or an event has more than 20 kB."}
_REFUSED = _TOO_LARGE | {
    400: "The body is malformed, no key can be found, a demanded parameter is missing, or `contactJson` is no contact."
}
_OFF = {400: "The body is malformed, the period ends before it starts, or deleting events is switched off."}


@EVENTS.post("5.1", "/v1/event", body=TextEventBody, returns=Wire, errors=_REFUSED, deprecated=True)
def record_event_1(caller: Caller, body: TextEventBody) -> Wire:
    """Record an event; its type is made if new."""
    return _record(caller, body)


@EVENTS.post("5.1", "/v2/event", body=EventBody, returns=Wire, errors=_REFUSED)
def record_event_2(caller: Caller, body: EventBody) -> Wire:
    """Record an event, with values of any JSON type; its type is made if new."""
    # Shops send an empty one for visitors whom they don't know; it identifies nobody.
    body.params = [
        param for param in body.params if param.name != "externalCustomerId" or param.value not in ("", "null", None)
    ]
    _check_contact(caller, body)
    return _record(caller, body, known=_place(body))


def _place(body: EventBody) -> list[dict[str, Any]]:
    """Where the address in the parameter ``ip`` is, as far as the server knows (the reference, 5.1)."""
    locations: Locations | None = current_app.extensions["locations"]
    ip = next((param.value for param in body.params if param.name == "ip"), None)
    found = locations.find(ip) if locations is not None and isinstance(ip, str) else None
    names = {to_camel(name): value for name, value in asdict(found).items()} if found else {}
    return [{"name": name, "value": value} for name, value in names.items() if value]


def _check_contact(caller: Caller, body: EventBody) -> None:
    """:raises BadRequest: the parameter ``contactJson`` describes no contact that could be added (the reference, 5.1)."""
    for param in body.params:
        if param.name == "contactJson":
            try:
                value = orjson.loads(param.value) if isinstance(param.value, str) else param.value
                draft = reading.validate(ContactBody, value, status=400).draft()
                with unit_of_work():
                    contacts.check(caller.organization_id, draft)
            except orjson.JSONDecodeError as error:
                raise BadRequest(f"contactJson: this is not valid JSON: {error}.") from error
            except (BadRequest, Invalid) as error:
                raise BadRequest(f"contactJson: {error.detail}") from error


def _record(caller: Caller, body: TextEventBody | EventBody, known: Sequence[dict[str, Any]] = ()) -> Wire:
    params = [param.model_dump() for param in body.params]
    with unit_of_work():
        facts = {param["name"]: param["value"] for param in params}
        orders.follow(
            caller.organization_id, body.event_type_key, facts,
            lambda members: read_order(members, local_times.zone_of(caller.organization_id)),
        )  # fmt: skip
        events.record(
            caller.organization_id, type_key=body.event_type_key, key=body.key_value, params=params, known=known
        )  # fmt: skip
    return Wire()


@EVENTS.post("5.2", "/v1/past_events", body=PastEventsBody, returns=PastEventsResult, errors=_TOO_LARGE, deprecated=True)
def load_past_events_1(caller: Caller, body: PastEventsBody) -> PastEventsResult:
    """Load up to 500 events of the past; they start no workflows."""
    return _load(caller, body)


@EVENTS.post("5.2", "/v2/past_events", body=PastEventsBody, returns=PastEventsResult, errors=_TOO_LARGE)
def load_past_events_2(caller: Caller, body: PastEventsBody) -> PastEventsResult:
    """Load up to 500 events of the past; they start no workflows."""
    return _load(caller, body)


def _load(caller: Caller, body: PastEventsBody) -> PastEventsResult:
    zone = local_times.zone_of(caller.organization_id)
    with unit_of_work():
        statuses = events.load_past(caller.organization_id, [_past(event, zone) for event in body.events])
    accepted = statuses.count(PastEventStatus.ACCEPTED)
    return PastEventsResult(
        results=[PastEventResult(status=status) for status in statuses],
        success_count=accepted,
        error_count=len(statuses) - accepted,
    )


def _past(event: PastEvent, zone: tzinfo) -> events.PastEvent:
    params = [param.model_dump() for param in event.params]
    return events.PastEvent(event.event_type_key, event.key_value, _occurred(event.occurred, zone), params)


def _occurred(text: str | None, zone: tzinfo) -> datetime | PastEventStatus:
    if not text:
        return PastEventStatus.OCCURRED_DATE_IS_REQUIRED
    return local_times.read(text, zone) or PastEventStatus.INCORRECT_OCCURRED_DATE_FORMAT


@EVENTS.delete("5.3", "/v1/past_events", body=PeriodBody, returns=Wire, errors=_OFF)
def delete_past_events(caller: Caller, body: PeriodBody) -> Wire:
    """Delete the events of a period, both ends included. Off until the server's operator allows it."""
    if not current_app.config["SETTINGS"].event_deletion:
        raise BadRequest("Deleting events is switched off. Contact support to enable it.")
    zone = local_times.zone_of(caller.organization_id)
    start, end = local_times.read(body.start, zone), local_times.read_end(body.end, zone)
    if start is None or end is None:
        raise BadRequest("'from' and 'to' are dates or times such as 2025-01-31T13:30.")
    with unit_of_work():
        events.delete_period(caller.organization_id, start, end)
    return Wire()
