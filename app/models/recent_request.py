"""Writes of the last minute, by fingerprint: the same one again is refused."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base
from .facts import Expiring


class RecentRequest(Expiring, Base):
    __tablename__ = "recent_request"

    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
