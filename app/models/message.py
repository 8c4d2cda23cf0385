"""Stored messages of every channel, and the texts of which they and single sendings consist."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, UtcDateTime
from .contact import ChannelType
from .facts import Created, Numbered, enum_column


class Message(Numbered, Created, Base):
    """A message prepared for later sending. A deleted one stays as a row: what was accepted before is still sent.

    :param language_code: of the base version, if that says so.
    :param subscription_keys: categories to whose subscribers bulk sending is limited.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_organization_id_channel", "organization_id", "channel", "id"),
        {"sqlite_autoincrement": True},
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    channel: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    name: Mapped[str] = mapped_column(String(255))
    language_code: Mapped[str | None] = mapped_column(String(35))
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    subscription_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MessageText(Numbered, Created, Base):
    """What a message says in one language, or what a sending without a stored message says.

    A text never changes: a new one takes its place, so that what was accepted is what is sent.

    :param language_code: None for the base version. :param sender: as on the wire: ``"Name" <address>`` or an alpha name.
    :param body: HTML of an email, the text of every other channel.
    :param extras: further members as on the wire: ``rawHtml``, ``css`` of an email; ``img``, ``action`` of Viber; ...
    """

    __tablename__ = "message_text"
    __table_args__ = (
        Index("ix_message_text_message_id", "message_id", "language_code"),
        {"sqlite_autoincrement": True},
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    channel: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    language_code: Mapped[str | None] = mapped_column(String(35))
    name: Mapped[str] = mapped_column(String(255), default="")
    sender: Mapped[str] = mapped_column(String(400), default="")
    subject: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    plain_text: Mapped[str | None] = mapped_column(Text)
    amp_html: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    extras: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tracks_links: Mapped[bool] = mapped_column(default=True)
    is_personal: Mapped[bool] = mapped_column(default=True)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
