"""The rows of an import as they lie in a chunk: checked contacts of a request, or lines of a file that are checked now."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import Invalid
from ..models import ChannelType
from ..words import N_, sentence
from . import contact_drafts
from .address_books import Catalogue
from .contact_drafts import Channel, CheckedContact, ContactDraft
from .import_rules import DedupeOn, ImportRow, ImportRules

Problem = tuple[int, str]

# Headings of 2.2 (in any case, without spaces) -> what the column holds.
ID, EXTERNAL_ID, FIELD = "id", "externalCustomerId", "field:"
HEADINGS = {
    "firstname": "firstName", "lastname": "lastName", "address": "address", "region": "region", "city": "town",
    "town": "town", "postcode": "postcode", "email": "email", "sms": "sms", "languagecode": "languageCode",
    "timezone": "timeZone", "contactid": ID, "externalcustomerid": EXTERNAL_ID,
}  # fmt: skip
_PROFILE = {
    "firstName": "first_name", "lastName": "last_name", "address": "address", "region": "region", "town": "town",
    "postcode": "postcode", "languageCode": "language_code", "timeZone": "time_zone",
}  # fmt: skip
_CHANNELS = {"email": ChannelType.EMAIL, "sms": ChannelType.SMS}
_NAMES = {
    DedupeOn.EMAIL: N_("email"), DedupeOn.SMS: N_("phone"), DedupeOn.EMAIL_OR_SMS: N_("email or phone"),
    DedupeOn.PUSH: N_("push token"),
    DedupeOn.WEBPUSH: N_("web push token"), DedupeOn.ID: "id", DedupeOn.EXTERNAL_ID: "externalCustomerId",
    DedupeOn.FIELD: N_("value of the identifying field"),
}  # fmt: skip


def pack(contact_id: int | None, wanted: CheckedContact) -> list[Any]:
    """A checked contact as it lies in a chunk."""
    channels = [(channel.type, channel.value, channel.details) for channel in wanted.channels]
    return [contact_id, wanted.external_customer_id, channels, wanted.profile, list(wanted.fields.items())]


def _unpack(row: list[Any]) -> tuple[int | None, CheckedContact]:
    contact_id, external_id, channels, profile, fields = row
    kinds = tuple(Channel(ChannelType(kind), value, details) for kind, value, details in channels)
    return contact_id, CheckedContact(kinds, external_id, profile, dict(fields), ())


def read_rows(
    columns: Sequence[str] | None, rows: Sequence[list[Any]], first_row: int, rules: ImportRules, catalogue: Catalogue
) -> tuple[list[ImportRow], list[Problem]]:
    """What can be imported of a chunk's rows, and what is wrong with the others, each with its number."""
    checked, problems = list[ImportRow](), list[Problem]()
    for number, row in enumerate(rows, first_row):
        try:
            contact_id, wanted = _unpack(row) if columns is None else _read_line(columns, row, catalogue)
            check_identity(rules, contact_id, wanted)
        except (Invalid, ValueError) as error:
            problems.append((number, getattr(error, "detail", None) or str(error)))
        else:
            checked.append(ImportRow(number, contact_id, wanted))
    return checked, problems


def check_identity(rules: ImportRules, contact_id: int | None, wanted: CheckedContact) -> None:
    """:raises ValueError: nothing identifies the contact."""
    if not wanted.external_customer_id and not rules.identity_of(wanted, contact_id):
        raise ValueError(
            sentence("The contact has no %(identity)s, which is to identify it.", identity=_NAMES[rules.dedupe_on])
        )


def _read_line(columns: Sequence[str], cells: Sequence[str], catalogue: Catalogue) -> tuple[int | None, CheckedContact]:
    """One line of a file. An empty cell is no value; cells that are missing at the end are empty."""
    values = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell.strip()}
    number = values.get(ID, "").strip()
    if number and not (number.isascii() and number.isdigit() and int(number[:20]) < 2**63):
        raise ValueError(sentence("'%(number)s' is no contact id.", number=number[:40]))
    draft = ContactDraft(
        channels=[Channel(kind, values[name]) for name, kind in _CHANNELS.items() if name in values],
        external_customer_id=values.get(EXTERNAL_ID),
        profile={column: values[name] for name, column in _PROFILE.items() if name in values},
        fields=[(int(name.removeprefix(FIELD)), value) for name, value in values.items() if name.startswith(FIELD)],
    )
    return int(number) if number else None, contact_drafts.check(draft, catalogue)


def columns_of(heading: Sequence[str], field_columns: Mapping[str, int]) -> list[str]:
    """What each column of a file holds; an empty name for one that is ignored.

    :param field_columns: ``PROFILEKEY.FIELDKEY`` in capitals -> the field's id.
    """
    found = []
    for title in heading:
        plain = title.strip().lstrip("\ufeff")
        field_id = field_columns.get(plain.upper())
        name = HEADINGS.get(plain.lower().replace(" ", "").replace("_", ""), "")
        found.append(f"{FIELD}{field_id}" if field_id is not None else name)
    return ["" if name in found[:index] else name for index, name in enumerate(found)]
