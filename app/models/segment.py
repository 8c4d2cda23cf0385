"""Segments (groups, in addresses): named sets of contacts."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Created, Numbered, enum_column
from .text import exact_text


class SegmentType(StrEnum):
    """Only static ones take contacts by hand; the others follow from conditions."""

    STATIC = "Static"
    DYNAMIC = "Dynamic"
    COMBINED = "Combined"


class Segment(Numbered, Created, Base):
    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("organization_id", "name"), {"sqlite_autoincrement": True})

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(exact_text(255))
    type: Mapped[SegmentType] = mapped_column(enum_column(SegmentType), default=SegmentType.STATIC)


class SegmentMember(Base):
    __tablename__ = "segment_member"
    __table_args__ = (Index("ix_segment_member_joined", "segment_id", "joined_at", "contact_id"),)

    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
