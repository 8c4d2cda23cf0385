"""How many live contacts a segment has: counting a million members for each page of a list takes too long."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base
from .facts import Numbered


class SegmentCount(Numbered, Base):
    """How many more, or fewer, a change left; the parts are added up. Rows are only added, so that no writer waits."""

    __tablename__ = "segment_count"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(BigInteger)
