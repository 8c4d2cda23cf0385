"""The event log of a partner app: its failed requests, with their causes, for its own developers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Numbered


class ClientEvent(Numbered, Base):
    __tablename__ = "client_event"
    __table_args__ = (Index("ix_client_event_client_id_at", "client_id", "at"),)

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    endpoint: Mapped[str] = mapped_column(String(20))
    error: Mapped[str] = mapped_column(String(40))
    cause: Mapped[str] = mapped_column(String(500))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
