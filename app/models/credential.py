"""Credentials: authorization codes, token families, access tokens and API keys. Only fingerprints are stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import now
from ..database import Base, Id, UtcDateTime
from .connection import EndReason
from .facts import Created, Expiring, Numbered, enum_column
from .organization import Organization, User

Fingerprint = LargeBinary(32)


class AuthorizationCode(Created, Expiring, Base):
    """RFC 6749 section 4.1. Spent ones are kept for a while, so that a second use is recognized as such."""

    __tablename__ = "authorization_code"

    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), index=True)
    redirect_uri: Mapped[str | None] = mapped_column(String(2000))
    scope: Mapped[str] = mapped_column(Text)
    resource: Mapped[str | None] = mapped_column(String(2000))
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Set as the code is spent, before the family exists; no foreign key, so that spending comes first.
    family_id: Mapped[int | None] = mapped_column(Id)


class TokenFamily(Created, Base):
    """The tokens that descend from one code: one row, however often they are refreshed.

    ``generation`` counts rotations; a refresh token names its family and generation under a MAC. While the grace
    window is open, ``rotation_salt`` and the predecessor's token derive the present pair once more.
    """

    __tablename__ = "token_family"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), index=True)
    scope: Mapped[str] = mapped_column(Text)
    resource: Mapped[str | None] = mapped_column(String(2000))
    generation: Mapped[int] = mapped_column(default=0)
    refresh_fingerprint: Mapped[bytes] = mapped_column(Fingerprint)
    previous_fingerprint: Mapped[bytes | None] = mapped_column(Fingerprint)
    rotation_salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    rotated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[EndReason | None] = mapped_column(enum_column(EndReason, often_written=True))

    # Nothing that a refresh changes is in an index, and pages have room for the changed row: PostgreSQL then leaves the
    # indexes alone (a "heap-only tuple").
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)


class AccessToken(Created, Base):
    """RFC 6749 section 1.4; opaque. A family has two slots: the present token and its predecessor's."""

    __tablename__ = "access_token"
    __table_args__ = (UniqueConstraint("family_id", "slot"),)

    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("token_family.id"))
    slot: Mapped[int] = mapped_column(SmallInteger)
    scope: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiKey(Numbered, Created, Base):
    """A key for an organization's own scripts."""

    __tablename__ = "api_key"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    label: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, unique=True)
    scope: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship()
    author: Mapped[User | None] = relationship()

    @property
    def is_over(self) -> bool:
        """Whether it will never work again."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now())
