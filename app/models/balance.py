"""The balance of an organization, and the ledger that explains it. Money is counted in millionths of a currency unit."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Id
from .facts import Created, Numbered, enum_column

MILLION = 1_000_000


class Balance(Base):
    """What is left. Made when it is first needed; always the sum of the ledger's entries."""

    __tablename__ = "balance"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    money: Mapped[int] = mapped_column(BigInteger, default=0)
    credit_limit: Mapped[int] = mapped_column(BigInteger, default=0)
    bonus_emails: Mapped[int] = mapped_column(default=0)
    bonus_smses: Mapped[int] = mapped_column(default=0)


class EntryKind(StrEnum):
    OPENING = "opening"
    TOP_UP = "top_up"
    SENDING = "sending"
    REFUND = "refund"


class BalanceEntry(Numbered, Created, Base):
    """A change of the balance; never changed itself. Spent is negative.

    :param sender_id: of a change of this sender's reserve; None: of the organization's balance.
    """

    __tablename__ = "balance_entry"
    __table_args__ = (Index("ix_balance_entry_organization_id", "organization_id", "id"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind))
    money: Mapped[int] = mapped_column(BigInteger, default=0)
    emails: Mapped[int] = mapped_column(default=0)
    smses: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(255), default="")
    sender_id: Mapped[int | None] = mapped_column(Id)
