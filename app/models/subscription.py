"""Subscriptions: the the categories that contacts subscribe to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Created, Numbered
from .segment import Segment
from .text import exact_text


class SubscriptionCategory(Numbered, Created, Base):
    """A category is subscribed to by being in its static segment: whoever puts a contact in there subscribes it."""

    __tablename__ = "subscription_category"
    __table_args__ = (UniqueConstraint("organization_id", "key"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"), unique=True)
    key: Mapped[str] = mapped_column(exact_text(100))
    name: Mapped[str] = mapped_column(String(255))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    segment: Mapped[Segment] = relationship()
