"""Senders (interfaces, in addresses): the names and addresses under which an organization may send."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, UtcDateTime
from .contact import ChannelType
from .facts import Created, Numbered, enum_column
from .text import exact_text


class Sender(Numbered, Created, Base):
    """:param address: an email address in small letters, or an alpha name. :param name: beside an email address.
    :param reserved: money for messages of this sender alone, in millionths; None when none was ever set aside.
    """

    __tablename__ = "sender"
    __table_args__ = (UniqueConstraint("organization_id", "channel", "address"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    channel: Mapped[ChannelType] = mapped_column(enum_column(ChannelType))
    address: Mapped[str] = mapped_column(exact_text(254))
    name: Mapped[str] = mapped_column(String(120), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reserved: Mapped[int | None] = mapped_column(BigInteger)
