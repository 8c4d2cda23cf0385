"""Two-step sign-in: the secret that a person's phone shares with the server, and codes for the day the phone is lost."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, UtcDateTime
from .facts import Created, Numbered


class SecondFactor(Created, Base):
    """:param sealed: the secret, encrypted with the server's key. :param confirmed_at: None until a code was entered.
    :param last_step: the time step (RFC 6238) of the last code that was accepted; no earlier one is again.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(100))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Numbered, Base):
    """Works once instead of a code from the phone."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "fingerprint"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
