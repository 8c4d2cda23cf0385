"""Account letters: what the server itself has to write to its people. The row is the job, and says what there is to say."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, UtcDateTime
from .delivery import new_uuid
from .facts import Created, Numbered
from .text import exact_text


class LetterKind(StrEnum):
    """What an account letter is about."""

    SIGN_UP = "sign_up"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGE = "email_change"
    EMAIL_CHANGED = "email_changed"
    INVITATION = "invitation"
    APP_CONNECTED = "app_connected"
    APP_WIDENED = "app_widened"
    API_KEY_MADE = "api_key_made"
    API_KEY_ROTATED = "api_key_rotated"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"


class AccountLetter(Numbered, Created, Base):
    """Never the text, nor a secret: the letter is written when it is sent, or looked at.

    :param organization_id: whose people may look at it when it stays here; None for what is between a person and the server.
    :param facts: what the letter tells. :param request_id: names it to mail servers; the same in each attempt.
    :param due_at: when to try; during an attempt, until when the worker's hold on it lasts.
    :param attempts: counts the tries, and says who may still act on the present one.
    :param handed_over_at: when the last byte was about to be given to a server that can't tell a repetition.
    :param over_at: when there was no more to do. :param is_kept: it stays here because no mail server takes it.
    """

    __tablename__ = "account_letter"

    kind: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("account_ticket.id", ondelete="CASCADE"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    request_id: Mapped[str] = mapped_column(exact_text(36), default=new_uuid)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    is_kept: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (
        # Small: only what there is to do.
        Index("ix_account_letter_due", "due_at", sqlite_where=over_at.is_(None), postgresql_where=over_at.is_(None)),
        Index(
            "ix_account_letter_kept",
            "organization_id",
            "id",
            sqlite_where=is_kept.is_(True),
            postgresql_where=is_kept.is_(True),
        ),
    )
