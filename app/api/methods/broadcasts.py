"""6.10 to 6.13: broadcasts to segments; 1.18: what became of those by SMS."""

from flask import current_app

from ...database import unit_of_work
from ...models import ChannelType, LimitClass
from ...services import broadcasts, local_times
from ...services.broadcasts import BroadcastNotFound
from ...services.callers import Caller
from ..groups import GENERAL, MESSAGES
from ..reading import LARGEST_ID
from ..schemas.broadcast import BroadcastBody, BroadcastRow, CalloutRow, TenRows
from ..schemas.wire import Wire

_STARTED = {400: "The broadcast has started, so that it can't be cancelled."}
_UNKNOWN = {400: "The body is malformed, the message or a segment is unknown, or the start is past."}


@GENERAL.get("1.18", "/v1/callouts/sms", query=TenRows, returns=list[CalloutRow])
def sms_callouts(caller: Caller, query: TenRows) -> tuple[list[CalloutRow], dict[str, str]]:
    """What became of broadcasts by SMS, the newest first."""
    zone = local_times.zone_of(caller.organization_id)
    found, total = broadcasts.statistics(
        caller.organization_id, ChannelType.SMS, offset=query.offset, limit=query.limit
    )  # fmt: skip
    return [CalloutRow.describe(one, zone) for one in found], {"TotalCount": str(total)}


@MESSAGES.post("6.10", "/v1/broadcast", body=BroadcastBody, returns=BroadcastRow, limit=LimitClass.SEND, errors=_UNKNOWN)
def create_broadcast(caller: Caller, body: BroadcastBody) -> BroadcastRow:
    """Send a stored message to everybody in some segments, now or later, at once or in batches."""
    draft = body.draft()
    with unit_of_work():
        made = BroadcastRow.describe(broadcasts.create(caller.organization_id, draft))
    current_app.extensions["queue"].wake()
    return made


@MESSAGES.get("6.11", "/v1/broadcast/<broadcast_id>", returns=BroadcastRow)
def get_broadcast(caller: Caller, broadcast_id: str) -> BroadcastRow:
    """One broadcast."""
    return BroadcastRow.describe(broadcasts.get(caller.organization_id, _number(broadcast_id)))


@MESSAGES.delete("6.12", "/v1/broadcast/<broadcast_id>", returns=Wire, errors=_STARTED)
def cancel_broadcast(caller: Caller, broadcast_id: str) -> Wire:
    """Cancel a broadcast that has not started."""
    with unit_of_work():
        broadcasts.cancel(caller.organization_id, _number(broadcast_id))
    return Wire()


@MESSAGES.get("6.13", "/v1/broadcasts", query=TenRows, returns=list[BroadcastRow])
def list_broadcasts(caller: Caller, query: TenRows) -> tuple[list[BroadcastRow], dict[str, str]]:
    """The broadcasts, the newest first."""
    found, total = broadcasts.list_of(caller.organization_id, offset=query.offset, limit=query.limit)
    return [BroadcastRow.describe(broadcast) for broadcast in found], {"TotalCount": str(total)}


def _number(text: str) -> int:
    """:raises BroadcastNotFound: no broadcast can have this id."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > LARGEST_ID:
        raise BroadcastNotFound(text)
    return int(text)
