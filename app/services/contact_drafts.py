"""A contact as a caller describes it, and the same once every member has been checked."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import Invalid
from ..models import ChannelType
from ..words import N_, sentence
from . import contact_fields, contact_names, contact_values
from .address_books import Catalogue

MOST_CHANNELS_OF_A_TYPE = 2
_LONGEST_SEGMENT_NAME = 255

Value = TypeVar("Value")


@dataclass(frozen=True)
class Channel:
    type: ChannelType
    value: str
    details: dict[str, Any] | None = None


@dataclass(frozen=True)
class ContactDraft:
    """What a caller says of a contact. What is left out stays as it is; an empty text empties.

    :param profile: texts by the names in ``PROFILE``. :param fields: pairs of a field's id and its value.
    """

    channels: Sequence[Channel] = ()
    external_customer_id: str | None = None
    profile: Mapping[str, str] = field(default_factory=dict)
    fields: Sequence[tuple[int, str | None]] = ()
    segment_names: Sequence[str] = ()
    address_book_id: int | None = None


@dataclass(frozen=True)
class CheckedContact:
    """A draft whose members are all acceptable, in the form in which they are stored; None empties."""

    channels: tuple[Channel, ...]
    external_customer_id: str | None
    profile: dict[str, str | None]
    fields: dict[int, str | None]
    segment_names: tuple[str, ...]


# column -> its name for the caller, and its check
PROFILE: dict[str, tuple[str, Callable[[str], str]]] = {
    "contact_key": ("contactKey", contact_values.check_line),
    "first_name": ("firstName", contact_names.check_first_name),
    "last_name": ("lastName", contact_names.check_name),
    "region": ("address.region", contact_values.check_line),
    "town": ("address.town", contact_values.check_line),
    "address": ("address.address", contact_values.check_line),
    "postcode": ("address.postcode", contact_values.check_postcode),
    "language_code": ("languageCode", contact_values.check_language),
    "time_zone": ("timeZone", contact_values.check_time_zone),
}


class Problems(dict[str, list[str]]):
    """What is wrong, by the member's name for the caller."""

    def check(self, member: str, rule: Callable[..., Value], *arguments: Any) -> Value | None:
        """What ``rule`` makes of ``arguments``; its objection is noted."""
        try:
            return rule(*arguments)
        except ValueError as error:
            self.note(member, str(error))
            return None

    def note(self, member: str, sentence: str) -> None:
        self.setdefault(member, []).append(sentence)


def check(draft: ContactDraft, catalogue: Catalogue) -> CheckedContact:
    """:raises Invalid: naming everything that is wrong, not only the first."""
    problems = Problems()
    checked = CheckedContact(
        channels=_channels(draft, problems),
        external_customer_id=problems.check("externalCustomerId", _external_id, draft.external_customer_id),
        profile={
            column: problems.check(PROFILE[column][0], PROFILE[column][1], value) or None
            for column, value in draft.profile.items()
        },
        fields=_fields(draft, catalogue, problems),
        segment_names=_segment_names(draft, problems),
    )
    if problems:
        raise Invalid(problems)
    return checked


def _external_id(value: str | None) -> str | None:
    """Shops send an empty one for guests: the same as none."""
    return contact_values.check_line(value or "") or None


def _channels(draft: ContactDraft, problems: Problems) -> tuple[Channel, ...]:
    found: dict[tuple[ChannelType, str], Channel] = {}
    for index, channel in enumerate(draft.channels):
        value = problems.check(f"channels.{index}.value", contact_values.check_channel, channel.type, channel.value)
        if value is not None:
            found[channel.type, value] = Channel(channel.type, value, channel.details)
    for kind, number in Counter(kind for kind, _ in found).items():
        if number > MOST_CHANNELS_OF_A_TYPE:
            problems.note("channels", sentence("At most two channels of the type '%(kind)s'.", kind=kind.value))
    return tuple(found.values())


def _fields(draft: ContactDraft, catalogue: Catalogue, problems: Problems) -> dict[int, str | None]:
    checked: dict[int, str | None] = {}
    for index, (field_id, value) in enumerate(draft.fields):
        if field_id in catalogue.fields:
            rule = contact_fields.check
            checked[field_id] = problems.check(f"fields.{index}.value", rule, catalogue.fields[field_id], value)
        else:
            problems.note(
                f"fields.{index}.id",
                sentence("There is no additional field %(field_id)s in the address book.", field_id=field_id),
            )
    return checked


def _segment_names(draft: ContactDraft, problems: Problems) -> tuple[str, ...]:
    names = (
        problems.check(f"groups.{index}.name", check_segment_name, name) for index, name in enumerate(draft.segment_names)
    )
    return tuple(dict.fromkeys(name for name in names if name))


def check_segment_name(value: str) -> str:
    name = contact_values.check_line(value, _LONGEST_SEGMENT_NAME)
    if not name:
        raise ValueError(N_("A segment needs a name."))
    return name
