"""Email addresses that get no more messages of an organization, whichever contacts have them."""

from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base
from .facts import Created, enum_column
from .text import exact_text


class UnsubscribedBy(StrEnum):
    """Who put an address on the list."""

    API = "api"
    RECIPIENT = "recipient"
    COMPLAINT = "complaint"


class UnsubscribedAddress(Created, Base):
    __tablename__ = "unsubscribed_address"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    email: Mapped[str] = mapped_column(exact_text(254), primary_key=True)
    by: Mapped[UnsubscribedBy] = mapped_column(enum_column(UnsubscribedBy))
