"""Deliveries: one message to one recipient each. The row is the job: whoever works on it holds it for a while."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, Id, UtcDateTime
from .contact import ChannelType
from .facts import Created, Numbered, enum_column
from .text import exact_text


class DeliveryStatus(StrEnum):
    """What a sender is told of a delivery; the names are the reference's (6.3)."""

    IN_QUEUE = "IN_QUEUE"
    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    CLICKED = "CLICKED"
    UNDELIVERED = "UNDELIVERED"
    BLACKLISTED = "BLACKLISTED"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    SPAM = "SPAM"
    NO_MONEY = "NO_MONEY"
    ERROR = "ERROR"
    SMS_UNDELIVERED_STATE = "SMS_UNDELIVERED_STATE"
    EXPIRED = "EXPIRED"
    VIBER_UNKNOWN_USER = "VIBER_UNKNOWN_USER"
    VIBER_UNDELIVERED_STATE = "VIBER_UNDELIVERED_STATE"
    VIBER_EXPIRED_STATE = "VIBER_EXPIRED_STATE"
    BOT_SEND_ERROR = "BOT_SEND_ERROR"


# Accepted, and not known to be on its way to the recipient.
UNSENT = (DeliveryStatus.IN_QUEUE, DeliveryStatus.PENDING)


class Stage(StrEnum):
    """Where a delivery stands for the worker."""

    WAITING = "waiting"
    SENDING = "sending"
    OVER = "over"


def new_uuid() -> str:
    return str(uuid.uuid4())


class Delivery(Numbered, Created, Base):
    """:param request_id: by which the sender asks for its status. :param interaction_id: by which links and devices name it.
    :param locator: the address, number or token. :param data: what the template reads.
    :param price: what was paid, in millionths. :param bonus: how many prepaid messages were used instead.
    :param sender_id: the sender with whose reserve it was paid; None: with the organization's balance.
    :param due_at: while waiting, when to try; while being sent, until when the worker's hold on it lasts.
    :param attempts: counts the tries; with ``worker`` it says who may still act on this one.
    :param handed_over_at: when the last byte was about to be given to a server that can't tell a repetition.
    """

    __tablename__ = "delivery"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    request_id: Mapped[str] = mapped_column(exact_text(36), default=new_uuid)
    interaction_id: Mapped[str] = mapped_column(exact_text(36), default=new_uuid)
    channel: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    locator: Mapped[str] = mapped_column(exact_text())
    # No foreign key: a contact that is erased at this moment must not make the whole sending fail.
    contact_id: Mapped[int | None] = mapped_column(Id, index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("message_text.id"), index=True)
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcast.id"))
    external_request_id: Mapped[str | None] = mapped_column(String(255))
    sender_name: Mapped[str | None] = mapped_column(String(120))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    is_service: Mapped[bool] = mapped_column(default=False)
    price: Mapped[int] = mapped_column(BigInteger, default=0)
    bonus: Mapped[int] = mapped_column(default=0)
    sender_id: Mapped[int | None] = mapped_column(Id)

    status: Mapped[DeliveryStatus] = mapped_column(enum_column(DeliveryStatus), default=DeliveryStatus.IN_QUEUE)
    status_description: Mapped[str] = mapped_column(String(500), default="")
    status_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage), default=Stage.WAITING)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    worker: Mapped[str | None] = mapped_column(exact_text(36))
    attempts: Mapped[int] = mapped_column(default=0)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("request_id"),
        UniqueConstraint("interaction_id"),
        # One message to each address of a campaign, however often a step of it is repeated.
        Index(
            "uq_delivery_broadcast_id_locator",
            "broadcast_id",
            "locator",
            unique=True,
            sqlite_where=broadcast_id.is_not(None),
            postgresql_where=broadcast_id.is_not(None),
        ),
        # Small: only what there is to do.
        Index(
            "ix_delivery_due",
            "stage",
            "due_at",
            sqlite_where=stage != Stage.OVER,
            postgresql_where=stage != Stage.OVER,
        ),
        # What of a campaign is not sent yet, which is nothing of most.
        Index(
            "ix_delivery_broadcast_id_unsent",
            "broadcast_id",
            sqlite_where=broadcast_id.is_not(None) & status.in_(UNSENT),
            postgresql_where=broadcast_id.is_not(None) & status.in_(UNSENT),
        ),
        Index("ix_delivery_organization_id", "organization_id", "id"),
    )


class OutboxLetter(Numbered, Created, Base):
    """What the embedded outbox has delivered: a message as its recipient would have got it."""

    __tablename__ = "outbox_letter"
    __table_args__ = (Index("ix_outbox_letter_organization_id", "organization_id", "id"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), unique=True)
    letter: Mapped[dict[str, Any]] = mapped_column(JSON)


class ShortLink(Numbered, Base):
    """A tracked link in a text where characters are dear."""

    __tablename__ = "short_link"
    __table_args__ = (UniqueConstraint("delivery_id", "position"),)

    token: Mapped[str] = mapped_column(exact_text(16), unique=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    position: Mapped[int]
    url: Mapped[str] = mapped_column(String)
