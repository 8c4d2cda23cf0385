"""How many live contacts an organization has: counting a million rows for each page of a list takes too long."""

from sqlalchemy import BigInteger, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base


class ContactCount(Base):
    """A part of the number; the parts are added up. Several, so that simultaneous writers rarely wait for one another."""

    __tablename__ = "contact_count"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
