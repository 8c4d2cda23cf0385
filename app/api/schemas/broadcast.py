"""Broadcasts on the wire."""

from datetime import tzinfo
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from ...errors import BadRequest
from ...models import BatchUnit, Broadcast
from ...services import local_times
from ...services.broadcasts import BroadcastDraft, Statistics
from .paging import MOST_ROWS, Paging
from .saying import MOMENT, Says, TextsToo
from .wire import Int32, LenientList, Text, Wire, as_integer

MessageNumber = Annotated[Text, Field(max_length=20), Says(type=["string", "integer"], pattern="^[0-9]+$", minimum=0)]
MomentOrNone = Annotated[str, Field(max_length=40), Says(pattern=f"^$|{MOMENT}")]

Count = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(as_integer), TextsToo("^[1-9][0-9]{0,8}$")]


def _batches(schema: dict[str, Any]) -> None:
    """The two members of a batch go together."""
    pair = ("batchSize", "batchIntervalUnit")
    given = {name: schema["properties"][name]["anyOf"][0] for name in pair}
    schema["oneOf"] = [
        {"required": list(pair), "properties": given},
        {"properties": {name: {"type": "null"} for name in pair}},
    ]


class BroadcastBody(Wire):
    model_config = ConfigDict(json_schema_extra=_batches)

    message_id: MessageNumber = Field(description="The id of a stored message.")
    groups: Annotated[LenientList[Int32], Field(min_length=1, max_length=500)] = Field(description="Segments.")
    excluded_groups: Annotated[LenientList[Int32], Field(max_length=500)] = Field([])
    title: Text | None = Field(None, max_length=255)
    start_date: MomentOrNone | None = Field(None, description="`YYYY-MM-DDTHH:mm`; without it, at once.")
    batch_size: Count | None = Field(None, description="Messages in each interval.")
    batch_interval_unit: BatchUnit | None = None
    domain: Text | None = Field(None, max_length=255, description="Web push only.")
    app_id: Text | None = Field(None, max_length=255, description="Mobile push and Telegram only.")

    def draft(self) -> BroadcastDraft:
        """:raises BadRequest: the message's id is no number."""
        if not self.message_id.isascii() or not self.message_id.isdigit() or int(self.message_id) >= 2**63:
            raise BadRequest(f"messageId: message with id='{self.message_id}' was not found.")
        options = {"domain": self.domain, "app_id": self.app_id}
        return BroadcastDraft(
            message_id=int(self.message_id), segment_ids=self.groups, excluded_segment_ids=self.excluded_groups,
            title=self.title or "", start=self.start_date, batch_size=self.batch_size,
            batch_unit=self.batch_interval_unit,
            options={name: value for name, value in options.items() if value is not None},
        )  # fmt: skip


class BroadcastRow(Wire):
    broadcast_id: str
    title: str
    message_id: str
    group_id: str = Field(description="The segments, separated by commas.")
    excluded_groups: list[int] | None = None
    start_date: str | None = None
    batch_size: int | None = None
    batch_interval_unit: BatchUnit | None = None
    domain: str | None = None
    app_id: str | None = None

    @classmethod
    def describe(cls, broadcast: Broadcast) -> "BroadcastRow":
        return cls(
            broadcast_id=str(broadcast.id), title=broadcast.title, message_id=str(broadcast.message_id),
            group_id=",".join(map(str, broadcast.segment_ids)), start_date=broadcast.start_date,
            excluded_groups=broadcast.excluded_segment_ids or None, batch_size=broadcast.batch_size,
            batch_interval_unit=broadcast.batch_unit, domain=broadcast.options.get("domain"),
            app_id=broadcast.options.get("app_id"),
        )  # fmt: skip


class TenRows(Paging):
    """Paging that begins with pages of ten."""

    maxrows: int = Field(10, description=f"How many rows, at most {MOST_ROWS}.")

    @property
    def limit(self) -> int:
        return min(max(self.maxrows, 1), MOST_ROWS)


class CalloutRow(Wire):
    callout_name: str
    group_id: int
    group_name: str
    date: str
    sent: int
    delivered: int
    errors: int

    @classmethod
    def describe(cls, one: Statistics, zone: tzinfo) -> "CalloutRow":
        return cls(
            callout_name=one.broadcast.title, group_id=one.broadcast.segment_ids[0], group_name=one.segment_name,
            date=local_times.write(one.broadcast.started_at or one.broadcast.due_at, zone), sent=one.sent,
            delivered=one.delivered, errors=one.errors,
        )  # fmt: skip
