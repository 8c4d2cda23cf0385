"""The audit log: who did what, when, from where. Never a secret."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Numbered


class AuditEvent(Numbered, Base):
    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_organization_at", "organization_id", "at"),
        Index("ix_audit_event_organization_id", "organization_id", "id"),
        Index("ix_audit_event_organization_kind", "organization_id", "kind", "id"),
    )

    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[str] = mapped_column(String(40))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(254))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
