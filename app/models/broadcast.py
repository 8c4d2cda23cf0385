"""Broadcasts: one message to everybody in some segments, now or later, at once or in batches."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Id, UtcDateTime
from .contact import ChannelType
from .delivery import new_uuid
from .facts import Created, Numbered, enum_column
from .text import exact_text


class BroadcastStage(StrEnum):
    SCHEDULED = "scheduled"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class BatchUnit(StrEnum):
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"


class Broadcast(Numbered, Created, Base):
    """:param is_campaign: listed as one; false when it is a sending of a single text to a segment.
    :param text_id: what to send when there is no stored message.
    :param start_date: as the organization reads it: local, in its time zone.
    :param due_at: when to start or to go on; while a worker is at it, until when its hold lasts.
    :param last_contact_id: everybody up to here has been provided for.
    """

    __tablename__ = "broadcast"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    request_id: Mapped[str] = mapped_column(exact_text(36), default=new_uuid, unique=True)
    is_campaign: Mapped[bool] = mapped_column(default=True)
    channel: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    title: Mapped[str] = mapped_column(String(255), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    text_id: Mapped[int | None] = mapped_column(ForeignKey("message_text.id"))
    segment_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    excluded_segment_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    subscription_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    start_date: Mapped[str | None] = mapped_column(String(19))
    batch_size: Mapped[int | None]
    batch_unit: Mapped[BatchUnit | None] = mapped_column(enum_column(BatchUnit))

    stage: Mapped[BroadcastStage] = mapped_column(enum_column(BroadcastStage), default=BroadcastStage.SCHEDULED)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_in_batch: Mapped[int | None]
    last_contact_id: Mapped[int] = mapped_column(Id, default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_broadcast_organization_id", "organization_id", "id"),
        Index(
            "ix_broadcast_due",
            "due_at",
            sqlite_where=finished_at.is_(None),
            postgresql_where=finished_at.is_(None),
        ),
        {"sqlite_autoincrement": True},
    )
