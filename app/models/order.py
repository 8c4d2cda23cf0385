"""Orders that contacts have placed in the organization's shops, as its systems report them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, UtcDateTime
from .facts import Created, Numbered, enum_column
from .text import exact_text


class OrderStatus(StrEnum):
    INITIALIZED = "INITIALIZED"
    IN_PROGRESS = "IN_PROGRESS"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    ABANDONED_SHOPPING_CART = "ABANDONED_SHOPPING_CART"


class Order(Numbered, Created, Base):
    """:param external_order_id: in the organization's own system. :param details: the rest, as on the wire."""

    __tablename__ = "shop_order"
    __table_args__ = (
        UniqueConstraint("organization_id", "external_order_id"),
        Index("ix_shop_order_contact_id", "contact_id", "ordered_at"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    external_order_id: Mapped[str] = mapped_column(exact_text(255))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    status: Mapped[OrderStatus] = mapped_column(enum_column(OrderStatus))
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
