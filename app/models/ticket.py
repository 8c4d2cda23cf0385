"""Tickets: secrets that open one thing about an account, once and for a while."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, UtcDateTime
from .facts import Created, Expiring, Numbered, enum_column
from .organization import User


class TicketKind(StrEnum):
    """What a ticket opens."""

    SIGN_UP = "sign_up"
    PASSWORD_RESET = "password_reset"
    EMAIL_CHANGE = "email_change"
    SECOND_STEP = "second_step"


class Ticket(Numbered, Created, Expiring, Base):
    """:param email: the address that it was sent to, or belongs to. :param user_id: whose account; None before there is one.
    :param nonce: from which, and the server's key, its secret is derived.
    """

    __tablename__ = "account_ticket"

    kind: Mapped[TicketKind] = mapped_column(enum_column(TicketKind))
    email: Mapped[str] = mapped_column(String(254), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary(16))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User | None] = relationship()
