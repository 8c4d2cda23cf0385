"""Dates and times as clients write them: without a zone they are the organization's own, which is UTC unless set."""

from datetime import UTC, datetime


def read(text: str) -> datetime | None:
    """The instant that ``text`` names (``YYYY-MM-DD``, ``YYYY-MM-DDTHH:mm``, seconds and offset allowed); None if none."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
