"""Address books: the catalogue of additional fields that an organization's contacts can have."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base
from .facts import Created, Numbered, enum_column


class FieldKind(StrEnum):
    """What values a field takes."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    COMBOBOX = "combobox"
    CHECKBOXLIST = "checkboxlist"
    TAGS = "tags"


class AddressBook(Numbered, Created, Base):
    """An organization's first one is its main one; see ``services.address_books``."""

    __tablename__ = "address_book"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String(120))

    groups: Mapped[list["FieldGroup"]] = relationship(
        back_populates="address_book", order_by="FieldGroup.id", cascade="all, delete-orphan"
    )


class FieldGroup(Numbered, Base):
    __tablename__ = "field_group"
    __table_args__ = (UniqueConstraint("address_book_id", "profile_key"),)

    address_book_id: Mapped[int] = mapped_column(ForeignKey("address_book.id"))
    name: Mapped[str] = mapped_column(String(120))
    profile_key: Mapped[str] = mapped_column(String(60))

    address_book: Mapped[AddressBook] = relationship(back_populates="groups")
    fields: Mapped[list["Field"]] = relationship(back_populates="group", order_by="Field.id", cascade="all, delete-orphan")


class Field(Numbered, Base):
    """An additional field. ``PROFILE_KEY.FIELD_KEY`` names its column in an import.

    ``allowed_values`` is as on the wire: ``{"possibleValues": [...]}`` or ``{"minValue": ..., "maxValue": ...}``.
    """

    __tablename__ = "field"
    __table_args__ = (UniqueConstraint("field_group_id", "field_key"),)

    field_group_id: Mapped[int] = mapped_column(ForeignKey("field_group.id"))
    name: Mapped[str] = mapped_column(String(120))
    field_key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[FieldKind] = mapped_column(enum_column(FieldKind))
    allowed_values: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_required: Mapped[bool] = mapped_column(default=False)
    is_readonly: Mapped[bool] = mapped_column(default=False)

    group: Mapped[FieldGroup] = relationship(back_populates="fields")
