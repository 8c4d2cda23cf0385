"""How often connections, API keys, client secrets and apps were used: a row for each day and group of methods."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Id, UtcDateTime
from .facts import enum_column


class CredentialKind(StrEnum):
    CONNECTION = "connection"
    API_KEY = "api_key"
    CLIENT_SECRET = "client_secret"
    CLIENT = "client"


class Usage(Base):
    __tablename__ = "usage"

    kind: Mapped[CredentialKind] = mapped_column(enum_column(CredentialKind), primary_key=True)
    credential_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    method_group: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    calls: Mapped[int] = mapped_column(Id)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
