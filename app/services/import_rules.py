"""How an import goes about it (2.1, 2.2): what identifies a contact, and what of it is written."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from ..models import ChannelType
from .contact_drafts import CheckedContact
from .contact_values import PHONES


class DedupeOn(StrEnum):
    """What identifies a contact when its external id doesn't; the names are the reference's."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WEBPUSH = "webpush"
    EMAIL_OR_SMS = "email_or_sms"
    ID = "id"
    EXTERNAL_ID = "externalCustomerId"
    FIELD = "fieldId"


_EMAIL = frozenset({ChannelType.EMAIL})
_TOKENS = frozenset(ChannelType) - PHONES - _EMAIL

# The kinds of channel that are looked through, in this order. SMS and Viber are the same phone.
LOOKED_THROUGH: dict[DedupeOn, tuple[frozenset[ChannelType], ...]] = {
    DedupeOn.EMAIL: (_EMAIL,),
    DedupeOn.SMS: (PHONES,),
    DedupeOn.EMAIL_OR_SMS: (_EMAIL, PHONES),
    DedupeOn.PUSH: (_TOKENS,),
    DedupeOn.WEBPUSH: (frozenset({ChannelType.WEBPUSH}),),
}

# Names of ``ImportField`` -> columns of the contact, or a type of channel.
PROFILE = {
    "firstName": "first_name", "lastName": "last_name", "contactKey": "contact_key", "languageCode": "language_code",
    "timeZone": "time_zone", "address": "address", "town": "town", "region": "region", "postcode": "postcode",
}  # fmt: skip
CHANNELS = {
    "email": ChannelType.EMAIL, "sms": ChannelType.SMS, "mobilepush": ChannelType.MOBILEPUSH, "webpush": ChannelType.WEBPUSH,
}  # fmt: skip
EXTERNAL_ID = "externalCustomerId"


class ImportField(StrEnum):
    """What ``contactFields`` may name."""

    FIRST_NAME = "firstName"
    LAST_NAME = "lastName"
    CONTACT_KEY = "contactKey"
    ORDERS_INFO = "ordersInfo"
    LANGUAGE_CODE = "languageCode"
    TIME_ZONE = "timeZone"
    EMAIL = "email"
    SMS = "sms"
    MOBILEPUSH = "mobilepush"
    WEBPUSH = "webpush"
    ADDRESS = "address"
    TOWN = "town"
    REGION = "region"
    POSTCODE = "postcode"
    EXTERNAL_CUSTOMER_ID = "externalCustomerId"


@dataclass(frozen=True)
class ImportRules:
    """:param field_id: with ``DedupeOn.FIELD``, the additional field that identifies.
    :param contact_fields: what is updated; a named one without a value is emptied. None: whatever has a value.
    :param field_ids: the same for additional fields. :param segment_names: where all contacts go.
    :param excluded_names: what they are taken out of. :param restores_deleted: else deleted contacts are skipped.
    :param event_key: type of the event that each new contact gets.
    """

    dedupe_on: DedupeOn = DedupeOn.EMAIL
    field_id: int | None = None
    contact_fields: tuple[str, ...] | None = None
    field_ids: tuple[int, ...] | None = None
    segment_names: tuple[str, ...] = ()
    excluded_names: tuple[str, ...] = ()
    restores_deleted: bool = False
    event_key: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "ImportRules":
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
        values["dedupe_on"] = DedupeOn(stored["dedupe_on"])
        return cls(**values)

    def profile_of(self, wanted: CheckedContact) -> dict[str, str | None]:
        """What is written of the profile; None empties."""
        if self.contact_fields is None:
            return wanted.profile
        return {column: wanted.profile.get(column) for column in self._columns}

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        return tuple(PROFILE[name] for name in self.contact_fields or () if name in PROFILE)

    @cached_property
    def _kinds(self) -> frozenset[ChannelType]:
        return frozenset(CHANNELS[name] for name in self.contact_fields or () if name in CHANNELS)

    def fields_of(self, wanted: CheckedContact, emptied: Collection[int]) -> dict[int, str | None]:
        """What is written of the additional fields. :param emptied: those of ``field_ids`` that may be emptied."""
        if self.field_ids is None:
            return wanted.fields if self.contact_fields is None else {}
        named = {field_id: wanted.fields.get(field_id) for field_id in self.field_ids}
        return {id: value for id, value in named.items() if value is not None or id in emptied or id in wanted.fields}

    def kinds_of(self, wanted: CheckedContact) -> frozenset[ChannelType]:
        """The types of channels that become what ``wanted`` has of them."""
        if self.contact_fields is None:
            return frozenset(channel.type for channel in wanted.channels)
        return self._kinds

    def identity_of(self, wanted: CheckedContact, contact_id: int | None) -> str | None:
        """The value of the identifying field, as the mapping shows it; None when the row has none."""
        if self.dedupe_on is DedupeOn.ID:
            return None if contact_id is None else str(contact_id)
        if self.dedupe_on is DedupeOn.FIELD:
            return wanted.fields.get(self.field_id or 0)
        for kinds in LOOKED_THROUGH.get(self.dedupe_on, ()):
            for channel in wanted.channels:
                if channel.type in kinds:
                    return channel.value
        return wanted.external_customer_id


@dataclass(frozen=True)
class ImportRow:
    """One contact of an import, checked. :param contact_id: the product's own id, where the row has one."""

    number: int
    contact_id: int | None
    wanted: CheckedContact
