"""Contacts: the people whom an organization writes to, their channels and the values of their additional fields."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Created, Numbered, enum_column
from .text import exact_text


class ChannelType(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    VIBER = "viber"
    MOBILEPUSH = "mobilepush"
    WEBPUSH = "webpush"
    APPINBOX = "appinbox"
    WIDGET = "widget"
    INAPP = "inapp"
    TELEGRAMBOT = "telegrambot"


class Contact(Numbered, Created, Base):
    """Deleted contacts stay as rows and can be restored; erased ones are gone.

    ``first_name_key`` and ``last_name_key`` are the names as they are searched for.
    """

    __tablename__ = "contact"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    address_book_id: Mapped[int] = mapped_column(ForeignKey("address_book.id"))
    external_customer_id: Mapped[str | None] = mapped_column(exact_text(255))
    contact_key: Mapped[str | None] = mapped_column(String(255))
    first_name: Mapped[str | None] = mapped_column(String(40))
    last_name: Mapped[str | None] = mapped_column(String(40))
    first_name_key: Mapped[str | None] = mapped_column(exact_text(160))
    last_name_key: Mapped[str | None] = mapped_column(exact_text(160))
    region: Mapped[str | None] = mapped_column(String(255))
    town: Mapped[str | None] = mapped_column(String(255))
    address: Mapped[str | None] = mapped_column(String(255))
    postcode: Mapped[str | None] = mapped_column(String(40))
    language_code: Mapped[str | None] = mapped_column(String(35))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    channels: Mapped[list["ContactChannel"]] = relationship(
        back_populates="contact", order_by="ContactChannel.id", cascade="all, delete-orphan", passive_deletes=True
    )
    field_values: Mapped[dict[int, "FieldValue"]] = relationship(
        back_populates="contact",
        cascade="all, delete-orphan",
        passive_deletes=True,
        collection_class=attribute_keyed_dict("field_id"),
    )

    # The live ones in either order of a list, and the ways to find one. An external id stays with a deleted contact,
    # which is restored when it comes back.
    __table_args__ = (
        Index(
            "ix_contact_live",
            "organization_id",
            "id",
            sqlite_where=deleted_at.is_(None),
            postgresql_where=deleted_at.is_(None),
        ),
        Index(
            "ix_contact_live_updated",
            "organization_id",
            "updated_at",
            "id",
            sqlite_where=deleted_at.is_(None),
            postgresql_where=deleted_at.is_(None),
        ),
        Index(
            "uq_contact_external_customer_id",
            "organization_id",
            "external_customer_id",
            unique=True,
            sqlite_where=external_customer_id.is_not(None),
            postgresql_where=external_customer_id.is_not(None),
        ),
        Index("ix_contact_first_name", "organization_id", "first_name_key"),
        Index("ix_contact_last_name", "organization_id", "last_name_key"),
        # Without it SQLite would give an erased contact's id to the next one.
        {"sqlite_autoincrement": True},
    )


class ContactChannel(Numbered, Created, Base):
    """One way to reach a contact. Several contacts of an organization may share an address.

    :param value: an email address in small letters, a phone number in digits, or a token as it came.
    :param details: what a push token says of its device or browser, as on the wire.
    """

    __tablename__ = "contact_channel"
    __table_args__ = (Index("ix_contact_channel_value", "organization_id", "type", "value", "contact_id"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    type: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    value: Mapped[str] = mapped_column(exact_text())
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    contact: Mapped[Contact] = relationship(back_populates="channels")


class FieldValue(Base):
    """What one contact has in one additional field.

    ``value_start`` is the beginning of the value: texts may be longer than what an index takes.
    """

    __tablename__ = "field_value"
    __table_args__ = (Index("ix_field_value_value", "field_id", "value_start", "contact_id"),)

    START = 100

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("field.id"), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    value_start: Mapped[str] = mapped_column(exact_text(START))

    contact: Mapped[Contact] = relationship(back_populates="field_values")
