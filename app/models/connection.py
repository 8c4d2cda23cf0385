"""Connections: what a person of an organization granted to one partner app."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import now
from ..database import Base, UtcDateTime
from .client import Client
from .facts import Numbered, enum_column
from .organization import Organization, User


class EndReason(StrEnum):
    """Why access ended; told to the authenticated client beside ``invalid_grant``."""

    OWNER_DISCONNECTED = "owner_disconnected"
    MEMBER_LEFT = "member_left"
    REUSE_DETECTED = "reuse_detected"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED_BY_APP = "revoked_by_app"
    APP_SUSPENDED = "app_suspended"
    APP_DELETED = "app_deleted"


class Connection(Numbered, Base):
    """One live row for each app, organization and person; ended ones stay as history.

    ``scope`` is what the owner grants at present: what a token opens is never more than this. From ``ends_at`` on
    nothing works any more; ``ended_at`` and ``end_reason`` follow when somebody gets round to it. ``first_approved_at`` is
    None while it was approved only once.
    """

    __tablename__ = "connection"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    scope: Mapped[str] = mapped_column(Text)
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    first_approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[EndReason | None] = mapped_column(enum_column(EndReason))

    organization: Mapped[Organization] = relationship()
    client: Mapped[Client] = relationship()
    user: Mapped[User] = relationship()

    __table_args__ = (
        Index(
            "uq_connection_live",
            "client_id",
            "organization_id",
            "user_id",
            unique=True,
            sqlite_where=ended_at.is_(None),
            postgresql_where=ended_at.is_(None),
        ),
    )

    @property
    def is_live(self) -> bool:
        return self.over_since is None

    @property
    def over_since(self) -> datetime | None:
        """When it ended: by somebody's decision, or on its date."""
        if self.ended_at is None and self.ends_at is not None and self.ends_at <= now():
            return self.ends_at
        return self.ended_at

    @property
    def over_because(self) -> EndReason | None:
        """Why it ended; None while it is live."""
        return self.end_reason or (EndReason.EXPIRED if self.over_since else None)
