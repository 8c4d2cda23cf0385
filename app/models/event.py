"""Events: what contacts did elsewhere, as the organization's systems report it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, UtcDateTime
from .facts import Created, Numbered
from .text import exact_text


class EventType(Numbered, Created, Base):
    """A kind of event; made when the first event of its key comes.

    :param required_params: names that each event has to bring. :param takes_past_events: whether history may be loaded.
    """

    __tablename__ = "event_type"
    __table_args__ = (UniqueConstraint("organization_id", "key"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    key: Mapped[str] = mapped_column(exact_text(100))
    required_params: Mapped[list[str]] = mapped_column(JSON, default=list)
    takes_past_events: Mapped[bool] = mapped_column(default=True)


class Event(Numbered, Base):
    """:param key: whom it concerns, normally an identifier of a contact. :param params: names and values, as they came."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_organization_id_occurred_at", "organization_id", "occurred_at"),
        Index("ix_event_organization_id_key", "organization_id", "key", "occurred_at"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    event_type_id: Mapped[int] = mapped_column(ForeignKey("event_type.id"), index=True)
    key: Mapped[str] = mapped_column(exact_text(300))
    params: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_past: Mapped[bool] = mapped_column(default=False)

    event_type: Mapped[EventType] = relationship()
