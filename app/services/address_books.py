"""Address books: which additional fields an organization's contacts can have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import selectinload

from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import AddressBook, Field, FieldGroup, FieldKind
from . import locks

MAIN = "Main"

_LONGEST_KEY = 60


@dataclass(frozen=True)
class Catalogue:
    """One address book's fields, by their ids."""

    address_book_id: int
    fields: dict[int, Field]


def get_catalogue(organization_id: int, address_book_id: int | None = None) -> Catalogue:
    """The fields of the book named, or of the main one, which is made on first use. Call it in a unit of work.

    :raises Invalid: there is no such book in the organization.
    """
    found = _read(organization_id, address_book_id)
    if found:
        return found
    if address_book_id is not None:
        raise Invalid({"addressBookId": [f"There is no address book {address_book_id}."]})
    locks.take([f"{organization_id} address book"])
    return _read(organization_id, None) or _make_main(organization_id)


def find_all(organization_id: int) -> Sequence[AddressBook]:
    """The organization's books with their groups and fields; none before its first contact."""
    query = select(AddressBook).where(AddressBook.organization_id == organization_id).order_by(AddressBook.id)
    return db.session.scalars(query.options(selectinload(AddressBook.groups).selectinload(FieldGroup.fields))).all()


def add_field(organization_id: int, *, group: str, name: str, kind: FieldKind, allowed: dict[str, Any] | None) -> Field:
    """Add a field to a group of the main book; the group is made if new. Keys are made from the names.

    :raises Invalid: a name is not acceptable. :raises Conflict: the group has a field of this key.
    """
    book_id = get_catalogue(organization_id).address_book_id
    group_key, field_key = _key(group, "group"), _key(name, "name")
    query = select(FieldGroup).where(FieldGroup.address_book_id == book_id, FieldGroup.profile_key == group_key)
    found = db.session.scalar(query) or FieldGroup(address_book_id=book_id, name=group.strip(), profile_key=group_key)
    if any(field.field_key == field_key for field in found.fields):
        raise Conflict(f"There is a field {group_key}.{field_key} already.")
    field = Field(name=name.strip(), field_key=field_key, kind=kind, allowed_values=allowed, group=found)
    db.session.add(found)
    db.session.flush()
    return field


def _key(name: str, member: str) -> str:
    """``PROFILE_KEY`` or ``FIELD_KEY``: what names a column of an imported file."""
    key = "_".join(re.findall(r"\w+", name.upper()))
    if not key or len(key) > _LONGEST_KEY:
        raise Invalid({member: ["A name has letters or digits, and at most 60 characters."]})
    return key


def _read(organization_id: int, address_book_id: int | None) -> Catalogue | None:
    query = (
        select(AddressBook.id, Field)
        .outerjoin(AddressBook.groups)
        .outerjoin(FieldGroup.fields)
        .where(
            AddressBook.organization_id == organization_id,
            AddressBook.name == MAIN if address_book_id is None else AddressBook.id == address_book_id,
        )
    )
    rows: list[Row[int, Field | None]] = list(db.session.execute(query).all())
    if not rows:
        return None
    return Catalogue(rows[0][0], {field.id: field for _, field in rows if field is not None})


def _make_main(organization_id: int) -> Catalogue:
    birthday = Field(name="Birthday", field_key="BIRTHDAY", kind=FieldKind.DATE)
    gender = Field(name="Gender", field_key="GENDER", kind=FieldKind.COMBOBOX, allowed_values={"possibleValues": ["M", "F"]})
    personal = FieldGroup(name="Personal", profile_key="PERSONAL", fields=[birthday, gender])
    book = AddressBook(organization_id=organization_id, name=MAIN, groups=[personal])
    db.session.add(book)
    db.session.flush()
    return Catalogue(book.id, {field.id: field for field in personal.fields})
