"""Facts that several tables share about one row."""

from datetime import datetime
from enum import Enum as PythonEnum

from sqlalchemy import Enum
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database import Id, UtcDateTime


def enum_column(kind: type[PythonEnum]) -> Enum:
    """A column type that stores an enumeration by its values, with a CHECK on both databases."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
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
