"""Column types for text that is looked up."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.types import TypeEngine


def exact_text(length: int | None = None) -> TypeEngine[Any]:
    """Text compared by code points on both databases, so that an ordinary index answers "begins with" as a range."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
