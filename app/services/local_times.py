"""Dates and times as clients write them: without a zone they are the organization's own, which is UTC unless set."""

import re
from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from ..extensions import db
from ..models import Organization

_DAY = re.compile(r"\s*\d{4}-?\d{2}-?\d{2}\s*")


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


def read_end(text: str, zone: tzinfo) -> datetime | None:
    """The same for the end of a period, which is included: a day without a time counts as a whole."""
    found = read(text, zone)
    if found is None or not _DAY.fullmatch(text):
        return found
    try:
        return datetime.combine(found.astimezone(zone).date(), time.max, zone).astimezone(UTC)
    except OverflowError:
        return found
