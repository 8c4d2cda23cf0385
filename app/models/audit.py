"""The audit log: who did what, when, from where. Never a secret."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Numbered


class AuditEvent(Numbered, Base):
    """:param client_id: the public identifier of the app that it is about, as in ``detail``, to be found by."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_organization_at", "organization_id", "at"),
        Index("ix_audit_event_organization_id", "organization_id", "id"),
        Index("ix_audit_event_organization_kind", "organization_id", "kind", "id"),
        Index(
            "ix_audit_event_organization_client", "organization_id", "client_id", "id",
            sqlite_where=text("client_id IS NOT NULL"), postgresql_where=text("client_id IS NOT NULL"),
        ),
    )  # fmt: skip

    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[str] = mapped_column(String(40))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(254))
    client_id: Mapped[str | None] = mapped_column(String(500))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
