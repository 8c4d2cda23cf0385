"""Activity: what became of messages and what contacts did with them, in the order in which it became known."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Id, UtcDateTime
from .contact import ChannelType
from .facts import Numbered, enum_column
from .text import exact_text


class ActivityStatus(StrEnum):
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"
    READ = "READ"
    CLICKED = "CLICKED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    SPAM = "SPAM"
    SUBSCRIPTION_CHANGED = "SUBSCRIPTION_CHANGED"


class Activity(Numbered, Base):
    """One row of 4.1. Within an organization a row with a smaller id is never committed after one with a larger id,
    so that reading on from the last id seen misses nothing; ``services.activity`` sees to that.

    The facts of the message are kept here as they were: messages change, and deliveries are forgotten earlier.

    :param locator: the address, number or token; ``channel`` says which. :param occurred_at: by the clock of whoever saw it.
    :param message_id: 0 for what was sent without a stored message, with ``text_id`` 0 then (messageInstanceId).
    :param message_tags: all of them, as ``,promo,spring,`` so that one can be searched for. :param tags_start: the beginning
        of that, since an index takes no longer ones.
    """

    __tablename__ = "activity"

    TAGS_START = 200

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[ActivityStatus] = mapped_column(enum_column(ActivityStatus))
    status_description: Mapped[str] = mapped_column(String(500), default="")
    status_data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    channel: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    locator: Mapped[str] = mapped_column(exact_text())
    # No foreign key: what is known of an erased contact goes in one statement, by this index.
    contact_id: Mapped[int | None] = mapped_column(Id, index=True)
    external_customer_id: Mapped[str | None] = mapped_column(String(255))
    interaction_id: Mapped[str | None] = mapped_column(exact_text(36))
    external_request_id: Mapped[str | None] = mapped_column(String(255))
    message_id: Mapped[int] = mapped_column(Id, default=0)
    text_id: Mapped[int] = mapped_column(Id, default=0)
    message_name: Mapped[str] = mapped_column(String(255), default="")
    message_tags: Mapped[str] = mapped_column(Text, default="")
    tags_start: Mapped[str | None] = mapped_column(exact_text(TAGS_START))
    language_code: Mapped[str | None] = mapped_column(String(35))
    click_link: Mapped[str | None] = mapped_column(Text)
    broadcast_id: Mapped[int | None] = mapped_column(Id)
    sender: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (
        Index("ix_activity_organization_id", "organization_id", "id"),
        Index("ix_activity_organization_id_occurred_at", "organization_id", "occurred_at", "id"),
        Index("ix_activity_organization_id_locator", "organization_id", "locator", "id"),
        Index("ix_activity_organization_id_status", "organization_id", "status", "id"),
        Index(
            "ix_activity_organization_id_tags",
            "organization_id",
            "tags_start",
            "id",
            sqlite_where=tags_start.is_not(None),
            postgresql_where=tags_start.is_not(None),
        ),
        {"sqlite_autoincrement": True},
    )


class ActivitySpan(Base):
    """Says that among the BLOCK rows of activity whose numbers share their beginning there is, or was, one of this day.

    With it the rows of a period are found in the order of their numbers, although what happened then may have been reported
    at any later time. :param day: in UTC. :param block: the number of a row divided by BLOCK.
    """

    __tablename__ = "activity_span"

    BLOCK = 4096

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    block: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
