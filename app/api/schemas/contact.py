"""Contacts on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from ...errors import BadRequest
from ...models import ChannelType
from ...services import contact_drafts, contact_values
from ...services.contact_drafts import ContactDraft
from ...services.contact_reading import ContactView
from .saying import Says
from .wire import Flag, InnerList, Int32, Int64, Name, Text, Wire

_LONGEST_DETAIL = 1000
_MOST_IDS, _LARGEST_ID, _LONGEST_ID = 500, 2**63 - 1, 40
_IDS = rf"^(\s*,)*\s*[0-9]{{1,{_LONGEST_ID}}}\s*(,\s*([0-9]{{1,{_LONGEST_ID}}}\s*)?)*$"

Detail = Annotated[Text, Field(max_length=_LONGEST_DETAIL)]
Line = Annotated[Text, Says(maxLength=255)]
PersonName = Annotated[Text, Says(maxLength=40)]
Language = Annotated[Text, Says(type="string", pattern=contact_values.LANGUAGE_OR_NONE, maxLength=35)]


class Device(Wire):
    app_id: Detail | None = None
    device_model: Detail | None = None
    os: Detail | None = None
    locale: Detail | None = None
    client_version: Detail | None = None
    app_version: Detail | None = None
    active: Flag | None = None


class WebPushSubscription(Wire):
    app_id: Int32 | None = None
    user_agent: Detail | None = None
    user_agent_version: Detail | None = None
    user_agent_language: Detail | None = None
    os: Detail | None = None
    ip: Detail | None = None
    subscription_page: Detail | None = None
    sw_active_version: Detail | None = None


class Channel(Wire):
    type: ChannelType
    value: Text
    device: Device | None = Field(None, description="Of a `mobilepush` channel.")
    web_push_subscription: WebPushSubscription | None = Field(None, description="Of a `webpush` channel.")

    def draft(self) -> contact_drafts.Channel:
        source = {ChannelType.MOBILEPUSH: self.device, ChannelType.WEBPUSH: self.web_push_subscription}.get(self.type)
        details = source.model_dump(by_alias=True, exclude_none=True) if source else None
        return contact_drafts.Channel(self.type, self.value, details)

    @classmethod
    def describe(cls, channel: contact_drafts.Channel) -> "Channel":
        described = cls(type=channel.type, value=channel.value)
        if channel.details and channel.type is ChannelType.MOBILEPUSH:
            described.device = Device.model_validate(channel.details)
        elif channel.details and channel.type is ChannelType.WEBPUSH:
            described.web_push_subscription = WebPushSubscription.model_validate(channel.details)
        return described


class Address(Wire):
    region: Line | None = None
    town: Line | None = None
    address: Line | None = None
    postcode: Annotated[Text, Says(maxLength=40)] | None = None


class FieldValue(Wire):
    id: Int32
    value: Text | None = Field(None, description="Empty: the field is emptied.")


class Group(Wire):
    """A segment."""

    id: Int64
    name: str
    type: str


class GroupName(Wire):
    """A static segment, made if missing. Its name counts; id and type, as reading shows them, are passed over."""

    name: Name


class ContactMembers(Wire):
    """What can be said of a contact. What is left out stays as it is; an empty text empties."""

    first_name: PersonName | None = None
    last_name: PersonName | None = None
    channels: InnerList[Channel] = Field(default_factory=list)
    external_customer_id: Line | None = Field(None, description="The contact's id in your own system; the strongest key.")
    contact_key: Line | None = None
    address: Address | None = None
    address_book_id: Int32 | None = None
    fields: InnerList[FieldValue] = Field(default_factory=list)
    language_code: Language | None = Field(None, description="RFC 5646, such as `en` or `de-AT`.")
    time_zone: Text | None = Field(None, description="Name of the time zone database.")

    def draft(self, *, more_segments: Sequence[str] = ()) -> ContactDraft:
        own = self.model_dump(include={"first_name", "last_name", "contact_key", "language_code", "time_zone"})
        address = self.address.model_dump() if self.address else {}
        return ContactDraft(
            channels=[channel.draft() for channel in self.channels],
            external_customer_id=self.external_customer_id,
            profile={name: value for name, value in (own | address).items() if value is not None},
            fields=[(field.id, field.value) for field in self.fields],
            segment_names=[*self.segment_names(), *more_segments],
            address_book_id=self.address_book_id,
        )

    def segment_names(self) -> list[str]:
        """The segments to add the contact to."""
        return []


class ContactBody(ContactMembers):
    """A contact to be added or updated."""

    channels: Annotated[InnerList[Channel], Field(min_length=1)]
    groups: Annotated[InnerList[GroupName], Field(max_length=100)] = Field(
        default_factory=list, description="Static segments to add the contact to; made if missing."
    )

    def segment_names(self) -> list[str]:
        return [group.name for group in self.groups]


class ErasingQuery(Wire):
    erase: bool = Field(False, description="Remove the contact, its activity and its tracking for good.")


class ExternalIdQuery(ErasingQuery):
    external_customer_id: str = Field(min_length=1)


class ContactId(Wire):
    id: Int64


class ContactRow(Wire):
    """A contact in a list."""

    id: Int64
    first_name: str | None = None
    last_name: str | None = None
    channels: list[Channel] = Field(default_factory=list)
    address_book_id: Int32
    fields: list[FieldValue] = Field(default_factory=list)
    external_customer_id: str | None = None
    contact_key: str | None = None

    @classmethod
    def describe(cls, contact: ContactView) -> "ContactRow":
        return cls(**_row(contact))


class OrdersInfo(Wire):
    last_date: str = Field(description="When the last order was placed, in UTC.")
    count: Int64


class FullContact(ContactRow):
    address: Address | None = None
    groups: list[Group] = Field(default_factory=list)
    language_code: str | None = None
    time_zone: str | None = None
    orders_info: OrdersInfo | None = None

    @classmethod
    def describe(cls, contact: ContactView) -> "FullContact":
        profile = contact.profile
        address = {name: profile[name] for name in Address.model_fields if profile[name] is not None}
        return cls(
            **_row(contact),
            address=Address(**address) if address else None,
            groups=[Group(id=id, name=name, type=type) for id, name, type in contact.segments],
            language_code=profile["language_code"],
            time_zone=profile["time_zone"],
            orders_info=_orders_info(contact),
        )


def _orders_info(contact: ContactView) -> OrdersInfo | None:
    if contact.orders is None:
        return None
    count, last = contact.orders
    return OrdersInfo(last_date=f"{last:%Y-%m-%dT%H:%M:%SZ}", count=count)


_ROW = ("first_name", "last_name", "address_book_id", "external_customer_id", "contact_key")


def _row(contact: ContactView) -> dict[str, Any]:
    return {
        "id": contact.id,
        **{name: contact.profile[name] for name in _ROW},
        "channels": [Channel.describe(channel) for channel in contact.channels],
        "fields": [FieldValue(id=id, value=value) for id, value in contact.fields],
    }


class ContactIdsQuery(Wire):
    ids: str = Field(
        description="Up to 500 contact ids, separated by commas.", examples=["1234567890,1234567891"], min_length=1,
        json_schema_extra={"pattern": _IDS},
    )  # fmt: skip

    def wanted(self) -> list[int]:
        """:raises BadRequest: these are not contact ids, or too many."""
        parts = [part.strip() for part in self.ids.split(",") if part.strip()]
        if not parts or len(parts) > _MOST_IDS:
            raise BadRequest(f"ids: send 1 to {_MOST_IDS} contact ids.")
        if not all(part.isascii() and part.isdigit() and len(part) <= _LONGEST_ID for part in parts):
            raise BadRequest("ids: contact ids are whole numbers, separated by commas.")
        return [int(part) for part in parts if int(part) <= _LARGEST_ID]


class ContactEmail(Wire):
    contact_id: Int64
    email: str


class ContactEmails(Wire):
    results: list[ContactEmail]
