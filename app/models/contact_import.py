"""Imports of contacts: the row is the job, its chunks are what is left to do, and the mapping is what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Base, Id, UtcDateTime
from .facts import Created, Numbered, enum_column
from .text import exact_text


class ImportStage(StrEnum):
    """Where an import stands. A file is loaded before its rows are worked off; contacts in a request are there already."""

    WAITING = "waiting"
    LOADING = "loading"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class ContactImport(Numbered, Created, Base):
    """:param session_id: by which the caller asks for it. :param link: where the file is; None for contacts in a request.
    :param rules: see ``services.import_rules``. :param columns: the heading of the file.
    :param row_count: how many rows there are, as far as is known. :param done_count: how many are worked off.
    :param problems: what was wrong with the first rows that were skipped. :param failures: of the present chunk in a row.
    :param holder: the worker that loads the file. :param held_until: when its hold ends unless it is renewed.
    """

    __tablename__ = "contact_import"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    session_id: Mapped[str] = mapped_column(exact_text(32), unique=True)
    stage: Mapped[ImportStage] = mapped_column(enum_column(ImportStage))
    link: Mapped[str | None] = mapped_column(Text)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    columns: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    description: Mapped[str] = mapped_column(String(500), default="")
    row_count: Mapped[int] = mapped_column(default=0)
    done_count: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    updated_count: Mapped[int] = mapped_column(default=0)
    skipped_count: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    failures: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(exact_text(36))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_contact_import_organization_id", "organization_id", "id"),
        # Small: only what there is to do.
        Index(
            "ix_contact_import_unfinished",
            "updated_at",
            sqlite_where=finished_at.is_(None),
            postgresql_where=finished_at.is_(None),
        ),
    )

    @property
    def shown_link(self) -> str | None:
        """The link without what may let somebody in: user, password and query."""
        if self.link is None:
            return None
        parts = urlsplit(self.link)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class ImportChunk(Base):
    """Some rows that are still to be worked off. It goes in the same transaction in which its contacts come.

    :param first_row: the number of its first row, from 1. :param rows: JSON, compressed.
    """

    __tablename__ = "import_chunk"

    import_id: Mapped[int] = mapped_column(ForeignKey("contact_import.id", ondelete="CASCADE"), primary_key=True)
    first_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rows: Mapped[bytes] = mapped_column(LargeBinary)


class ImportedContact(Base):
    """Which contact one row has become. Without foreign keys: a million of them are written in one go.

    :param value: what identified it in the row.
    """

    __tablename__ = "imported_contact"

    import_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    row_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contact_id: Mapped[int] = mapped_column(BigInteger, index=True)
    value: Mapped[str] = mapped_column(Text)
