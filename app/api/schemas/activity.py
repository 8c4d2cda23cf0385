"""Contact activity on the wire."""

import re
from datetime import datetime, timedelta, tzinfo
from email.utils import parseaddr
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field

from ...errors import BadRequest
from ...models import ActivityStatus, ChannelType
from ...services import contact_values, local_times
from ...services.activity_reading import Wanted
from ...services.contact_values import PHONES
from ...services.public_links import PublicLinks
from .event import Moment
from .wire import Int64, Wire

MOST_ROWS = 25_000
# Three months have at most 92 days; the last one is included.
_LONGEST_PERIOD = timedelta(days=93)
_OFFSET = re.compile(r"[0-9]{1,18}")
_PUSH = frozenset({ChannelType.MOBILEPUSH, ChannelType.APPINBOX, ChannelType.INAPP})
_WEB = frozenset({ChannelType.WEBPUSH, ChannelType.WIDGET})
# member -> the channels whose address it is
_LOCATORS = {
    "email": frozenset({ChannelType.EMAIL}), "sms": PHONES, "web_push_token": _WEB, "mob_push_token": _PUSH,
}  # fmt: skip


Status = Literal["DELIVERED", "UNDELIVERED", "READ", "UNSUBSCRIBED", "CLICKED", "SPAM", "SUBSCRIPTION_CHANGED"]


class ActivityQuery(Wire):
    date_from: Moment = Field(description="`YYYY-MM-DD` or `YYYY-MM-DDTHH:mm`, in the organization's time zone.")
    date_to: Moment = Field(
        description="The same, included; a day counts as a whole. At most three months after `dateFrom`. Leave both as"
        " they are while you read on: the cursor has passed what was outside of the period."
    )
    email: str | None = None
    sms: str | None = Field(None, description="A phone number, over SMS and Viber.")
    web_push_token: str | None = None
    mob_push_token: str | None = None
    message_tag: str | None = None
    activity_status: Status | None = None
    offset: str | None = Field(
        None, description="The `offset` of the last row of the page before.", json_schema_extra={"pattern": "^[0-9]{1,18}$"}
    )
    maxrows: Annotated[int, AfterValidator(lambda value: min(max(value, 1), MOST_ROWS))] = Field(
        MOST_ROWS, description="How many rows, at most 25,000. When fewer come there are no more."
    )

    def wanted(self, zone: tzinfo) -> Wanted:
        """:raises BadRequest: a date, the period, an address or the offset is not acceptable."""
        start = _instant("dateFrom", local_times.read(self.date_from, zone))
        end = _instant("dateTo", local_times.read_end(self.date_to, zone))
        if end < start:
            raise BadRequest("dateTo is before dateFrom.")
        if end - start > _LONGEST_PERIOD:
            raise BadRequest("dateFrom and dateTo are at most three months apart.")
        channels, locator = self._locator()
        return Wanted(
            start, end, _after(self.offset), channels, locator, self.message_tag,
            ActivityStatus(self.activity_status) if self.activity_status else None,
        )  # fmt: skip

    def _locator(self) -> tuple[frozenset[ChannelType], str | None]:
        given = [name for name in _LOCATORS if getattr(self, name) is not None]
        if not given:
            return frozenset(), None
        if len(given) > 1:
            raise BadRequest("Send one of email, sms, webPushToken and mobPushToken.")
        channels = _LOCATORS[given[0]]
        try:
            return channels, contact_values.check_channel(next(iter(channels)), getattr(self, given[0]))
        except ValueError as error:
            raise BadRequest(str(error)) from error


def _instant(name: str, found: datetime | None) -> datetime:
    if found is None:
        raise BadRequest(f"{name}: send a date or a time such as 2025-01-31T13:30.")
    return found


def _after(offset: str | None) -> int:
    if offset is None:
        return 0
    if not _OFFSET.fullmatch(offset):
        raise BadRequest("offset: send the offset of the last row of the page before.")
    return int(offset)


def _sender(row: Any) -> str:
    """The name under which it was sent; of an email's sender without a name, the address."""
    name, address = parseaddr(row.sender) if row.channel is ChannelType.EMAIL else (row.sender, "")
    return name or address or str(row.sender)


class ActivityRow(Wire):
    """One thing that happened. Without a stored message ``messageId`` and ``messageInstanceId`` are 0."""

    iid: str | None = Field(None, description="Names one message to one contact.")
    external_request_id: str | None = None
    contact_id: Int64 | None = None
    external_customer_id: str | None = None
    email: str | None = None
    sms: str | None = None
    web_push_token: str | None = None
    mob_push_token: str | None = None
    media_type: ChannelType
    activity_status: Status
    activity_date_time: str
    status_description: str | None = Field(None, description="Why, when it is `UNDELIVERED`.")
    status_data: dict[str, Any]
    message_id: Int64 | None = None
    message_instance_id: Int64 | None = None
    message_name: str | None = None
    message_tag: str | None = Field(None, description="The message's tags, separated by commas.")
    message_language_code: str | None = None
    click_event_link: str | None = None
    view_message_link: str | None = None
    broadcast_id: Int64 | None = None
    sender: str | None = Field(None, alias="from", description="The sender's name, else the address.")
    offset: str

    @classmethod
    def describe(cls, row: Any, zone: tzinfo, links: PublicLinks) -> "ActivityRow":
        locator = next((name for name, channels in _LOCATORS.items() if row.channel in channels), None)
        sent = row.interaction_id is not None
        return cls(
            iid=row.interaction_id,
            external_request_id=row.external_request_id,
            contact_id=row.contact_id,
            external_customer_id=row.external_customer_id,
            media_type=row.channel,
            activity_status=cast(Status, row.status.value),
            activity_date_time=local_times.write(row.occurred_at, zone),
            status_description=row.status_description or None,
            status_data=row.status_data,
            message_id=row.message_id if sent else None,
            message_instance_id=row.text_id if sent else None,
            message_name=row.message_name or None,
            message_tag=row.message_tags.strip(",") or None,
            message_language_code=row.language_code,
            click_event_link=row.click_link,
            view_message_link=links.view_letter(row.interaction_id) if sent and row.channel is ChannelType.EMAIL else None,
            broadcast_id=row.broadcast_id,
            sender=_sender(row) or None,
            offset=str(row.id),
            **{locator: row.locator} if locator and row.locator else {},
        )
