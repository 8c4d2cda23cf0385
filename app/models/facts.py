"""Facts that several tables share about one row."""

from datetime import datetime
from enum import Enum as PythonEnum

from sqlalchemy import Enum
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Id, UtcDateTime


def enum_column(kind: type[PythonEnum], *, often_written: bool = False) -> Enum:
    """A column type that stores an enumeration by its values, with a CHECK on both databases.

    :param often_written: a table whose rows are written by every token request does without on PostgreSQL, which reads a
        table's CHECKs anew for each statement that writes: a quarter of the work for the changed row.
    """
    checked = _enum(kind, is_checked=True)
    return checked.with_variant(_enum(kind, is_checked=False), "postgresql") if often_written else checked


def _enum(kind: type[PythonEnum], *, is_checked: bool) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        create_constraint=is_checked,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
        length=40,
    )


class Numbered:
    id: Mapped[int] = mapped_column(Id, primary_key=True)


class Created:
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Expiring:
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= now()
