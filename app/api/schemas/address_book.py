"""Address books on the wire."""

from typing import Any

from pydantic import Field

from ...models import AddressBook, FieldGroup
from ...models import Field as AdditionalField
from .wire import Int32, Wire


class FieldDescription(Wire):
    type: str = Field(examples=["combobox"])
    allowed_values: dict[str, Any] | None = Field(None, description="`possibleValues`, or `minValue` and `maxValue`.")
    required: bool
    readonly: bool


class FieldRow(Wire):
    id: Int32
    name: str
    field_key: str
    description: FieldDescription

    @classmethod
    def describe(cls, field: AdditionalField) -> "FieldRow":
        description = FieldDescription(
            type=field.kind, allowed_values=field.allowed_values, required=field.is_required, readonly=field.is_readonly
        )
        return cls(id=field.id, name=field.name, field_key=field.field_key, description=description)


class FieldGroupRow(Wire):
    name: str
    profile_key: str
    fields: list[FieldRow]

    @classmethod
    def describe(cls, group: FieldGroup) -> "FieldGroupRow":
        return cls(
            name=group.name, profile_key=group.profile_key, fields=[FieldRow.describe(field) for field in group.fields]
        )


class AddressBookRow(Wire):
    address_book_id: Int32
    name: str
    field_groups: list[FieldGroupRow]

    @classmethod
    def describe(cls, book: AddressBook) -> "AddressBookRow":
        groups = [FieldGroupRow.describe(group) for group in book.groups]
        return cls(address_book_id=book.id, name=book.name, field_groups=groups)


class AddressBooks(Wire):
    address_book: list[AddressBookRow]
