"""Dates and times as clients write them: without a zone they are the organization's own, which is UTC unless set."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from ..extensions import db
from ..models import Organization


def zone_of(organization_id: int) -> tzinfo:
    """The organization's time zone."""
    name = db.session.scalar(select(Organization.time_zone).where(Organization.id == organization_id))
    try:
        return ZoneInfo(name) if name else UTC
    except ZoneInfoNotFoundError:
        return UTC


def write(instant: datetime, zone: tzinfo) -> str:
    """``instant`` as clients read it: ``YYYY-MM-DDTHH:mm:ss`` in ``zone``."""
    return instant.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def read(text: str, zone: tzinfo = UTC) -> datetime | None:
    """The instant that ``text`` names (``YYYY-MM-DD``, ``YYYY-MM-DDTHH:mm``, seconds and offset allowed); None if none."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None
