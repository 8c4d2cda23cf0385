"""Limits that an app, or an organization, has in the place of the server's own."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base
from .client import Client
from .facts import Created, Numbered, enum_column
from .organization import Organization


class LimitClass(StrEnum):
    """Which rate limit a request counts against: three of the API's calls, one of requests to the token endpoint."""

    GENERAL = "general"
    IMPORT = "import"
    SEND = "send"
    TOKEN = "token"


class RateLimit(Numbered, Created, Base):
    """One limit of one holder, which is either an app or an organization.

    :param rate: such as ``600/minute``.
    """

    __tablename__ = "rate_limit"
    __table_args__ = (
        UniqueConstraint("client_id", "limit_class"),
        UniqueConstraint("organization_id", "limit_class"),
        CheckConstraint("(client_id IS NULL) <> (organization_id IS NULL)", name="one_holder"),
    )

    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    limit_class: Mapped[LimitClass] = mapped_column(enum_column(LimitClass))
    rate: Mapped[str] = mapped_column(String(60))

    client: Mapped[Client | None] = relationship()
    organization: Mapped[Organization | None] = relationship()
