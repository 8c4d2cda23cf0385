"""Address books: which additional fields an organization's contacts can have."""

from dataclasses import dataclass

from sqlalchemy import Row, select

from ..errors import Invalid
from ..extensions import db
from ..models import AddressBook, Field, FieldGroup, FieldKind
from . import locks

MAIN = "Main"


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
