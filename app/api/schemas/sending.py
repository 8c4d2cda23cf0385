"""Sending to single recipients, and what became of it, on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from ...errors import BadRequest
from ...services import delivery_status, personalisation
from ...services.delivery_status import StatusView
from ...services.recipients import Recipient
from ...services.sending import Accepted
from .message import Markup, Tags
from .saying import TextsToo, one_of_these, some
from .wire import Flag, Int32, Int64, LenientList, Text, Wire, as_integer

MOST_RECIPIENTS = 1000
MOST_IDS = 1000

Lifetime = Annotated[int, Field(ge=1, le=14 * 86400), BeforeValidator(as_integer), TextsToo("^[1-9][0-9]{0,5}$")]
ExternalRequestId = Annotated[Text, Field(max_length=255, description="Your own id; it comes back in the activity.")]


class SmartRecipient(Wire):
    """One of `locator`, `contactId` and `externalCustomerId` says who."""

    locator: Text | None = Field(None, max_length=2000, description="An email address, a phone number or a token.")
    email: Text | None = Field(None, max_length=2000, description="The same, as old clients send it.")
    contact_id: Int64 | None = None
    external_customer_id: Text | None = Field(None, max_length=255)
    json_param: str | dict[str, Any] | None = Field(
        None, description="A JSON object in a text; templates read it as `$!data.get('name')`."
    )
    external_request_id: ExternalRequestId | None = None
    language_code: str | None = Field(None, max_length=35)

    def recipient(self) -> Recipient:
        problem, data = None, dict[str, Any]()
        try:
            data = self.json_param if isinstance(self.json_param, dict) else personalisation.read_data(self.json_param)
        except ValueError as error:
            problem = str(error)
        return Recipient(
            locator=self.locator or self.email, contact_id=self.contact_id, data=data, problem=problem,
            external_customer_id=self.external_customer_id, external_request_id=self.external_request_id,
            language=self.language_code,
        )  # fmt: skip


class SmartSendBody(Wire):
    model_config = ConfigDict(json_schema_extra=some("recipients", MOST_RECIPIENTS))

    recipients: LenientList[SmartRecipient] = Field([], description="1 to 1,000.")
    email: Flag | None = Field(None, description="Whether it is an email; by default, whatever the message is.")
    from_name: Text | None = Field(None, max_length=120, description="The name beside the address, or an alpha name.")
    allow_unconfirmed: Flag | None = Field(False, description="Also send to addresses that are not confirmed.")

    def wanted(self) -> list[Recipient]:
        """:raises BadRequest: there are none, or too many."""
        check_number(self.recipients)
        return [recipient.recipient() for recipient in self.recipients]


class KeyValue(Wire):
    key: Text = Field(min_length=1, max_length=200)
    value: Any = None


class OldSendBody(Wire):
    model_config = ConfigDict(json_schema_extra=one_of_these("recipients", "contactId", "groupId", most=MOST_RECIPIENTS))

    recipients: LenientList[Text] = Field([], description="Addresses or phone numbers.")
    contact_id: Int64 | None = None
    group_id: Int32 | None = Field(None, description="A whole segment.")
    email: Flag | None = None
    params: LenientList[KeyValue] = Field([], description="What templates read, the same for everybody.")
    from_name: Text | None = Field(None, max_length=120)
    allow_unconfirmed: Flag | None = False

    @property
    def data(self) -> dict[str, Any]:
        return {param.key: param.value for param in self.params}

    def wanted(self) -> list[Recipient]:
        """:raises BadRequest: not just one of the three ways is used."""
        ways = [bool(self.recipients), self.contact_id is not None, self.group_id is not None]
        if sum(ways) != 1:
            raise BadRequest("Send one of recipients, contactId and groupId.")
        if self.contact_id is not None:
            return [Recipient(contact_id=self.contact_id, data=self.data)]
        if self.group_id is not None:
            return []
        check_number(self.recipients)
        return [Recipient(locator=locator, data=self.data) for locator in self.recipients]


class EmailSendBody(Wire):
    model_config = ConfigDict(json_schema_extra=some("emails", MOST_RECIPIENTS))

    sender: str = Field(alias="from", max_length=400, description='`"Name" <address>` of a confirmed sender.')
    subject: Text = Field(min_length=1, max_length=1000)
    html_text: Markup = Field(min_length=1)
    plain_text: Markup | None = None
    amp_html_text: Markup | None = None
    emails: LenientList[Text] = Field([], description="1 to 1,000 addresses.")
    tags: Tags = Field([])
    subscriptions_keys: Tags = Field([])
    external_request_id: ExternalRequestId | None = None
    skip_personalisation: Flag | None = Field(False, description="Leave templates in the text as they are.")
    track_urls: Flag | None = True


_WHOM = ("phoneNumbers", "groupId")


class PhonesBody(Wire):
    """What SMS and Viber have in common: who gets it."""

    model_config = ConfigDict(json_schema_extra=one_of_these(*_WHOM, most=MOST_RECIPIENTS))

    phone_numbers: LenientList[Text] = Field([], description="1 to 1,000 phone numbers; or else groupId.")
    group_id: Int32 | None = Field(None, description="A segment; or else phoneNumbers.")
    tags: Tags = Field([])
    subscriptions_keys: Tags = Field([])
    external_request_id: ExternalRequestId | None = None

    def check_whom(self) -> None:
        """:raises BadRequest: both are given, or neither."""
        if bool(self.phone_numbers) == (self.group_id is not None):
            raise BadRequest("Send one of phoneNumbers and groupId.")


class SmsSendBody(PhonesBody):
    sender: Text = Field(alias="from", max_length=400, description="A confirmed alpha name.")
    text: Text = Field(min_length=1, max_length=10_000)
    track_urls: Flag | None = False


def _viber(schema: dict[str, Any]) -> None:
    one_of_these(*_WHOM, most=MOST_RECIPIENTS)(schema)
    together = ("img", "caption", "action")
    given = {name: {"type": "string", "minLength": 1} for name in together}
    missing = {name: {"enum": [None, ""]} for name in together}
    schema["anyOf"] = [{"required": list(together), "properties": given}, {"properties": missing}]


class ViberSendBody(PhonesBody):
    model_config = ConfigDict(json_schema_extra=_viber)

    sender: Text | None = Field(None, alias="from", max_length=400, description="Needed when there are several.")
    text: Text = Field(min_length=1, max_length=10_000)
    ios_expirity_text: Text = Field(min_length=1, max_length=1000, description="Shown when it comes after its lifetime.")
    ttl_seconds: Lifetime | None = Field(86400, description="Its lifetime.")
    img: str | None = Field(None, max_length=2000)
    caption: str | None = Field(None, max_length=1000)
    action: str | None = Field(None, max_length=2000)
    track_urls: Flag | None = True

    @model_validator(mode="after")
    def _all_or_none(self) -> "ViberSendBody":
        if len({bool(self.img), bool(self.caption), bool(self.action)}) > 1:
            raise ValueError("img, caption and action go together")
        return self


class SendResultRow(Wire):
    id: int = 0
    locator: str
    status: str
    request_id: str | None = None
    message: str | None = None


class SendResult(Wire):
    id: int = 0
    results: list[SendResultRow]

    @classmethod
    def describe(cls, accepted: Sequence[Accepted]) -> "SendResult":
        return cls(
            results=[
                SendResultRow(
                    locator=one.locator, status="ERROR" if one.problem else "OK", request_id=one.request_id,
                    message=one.problem,
                )
                for one in accepted
            ]
        )  # fmt: skip


class IdsQuery(Wire):
    ids: str = Field(min_length=1, description="`requestId`s, separated by commas: about 200 fit into an address.")

    def wanted(self) -> list[str]:
        """:raises BadRequest: there are too many."""
        found = [id.strip() for id in self.ids.split(",") if id.strip()]
        if not 1 <= len(found) <= MOST_IDS:
            raise BadRequest("ids: send 1 to 1,000 request ids.")
        return list(dict.fromkeys(found))


class StatusRow(Wire):
    request_id: str
    status: str
    failed: bool
    delivered: bool
    message: str | None = Field(None, description="What is known beyond the status.")


class Statuses(Wire):
    results: list[StatusRow]

    @classmethod
    def describe(cls, views: Sequence[StatusView]) -> "Statuses":
        return cls(
            results=[
                StatusRow(
                    request_id=view.request_id, status=view.status or "MESSAGE_NOT_FOUND",
                    failed=view.status is None or view.status in delivery_status.FAILED,
                    delivered=view.status in delivery_status.ARRIVED, message=view.description or None,
                )
                for view in views
            ]
        )  # fmt: skip


def check_number(items: Sequence[Any]) -> None:
    """:raises BadRequest: no recipients, or too many."""
    if not 1 <= len(items) <= MOST_RECIPIENTS:
        raise BadRequest("Send 1 to 1,000 recipients.")
