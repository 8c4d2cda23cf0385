"""End dates of connections, as the account owner chooses them on the consent page and later."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ..clock import now
from ..errors import Invalid
from ..words import N_

DAYS = (1, 7, 30, 90)
NEVER, ON_A_DATE, _AS_SHOWN = "never", "date", "at "
_FURTHEST = timedelta(days=3653)

FIELD = "ends"


@dataclass(frozen=True)
class Choice:
    """What a form offers and what is chosen in it.

    :param value: of the chosen option. :param day: as typed, for ON_A_DATE.
    :param present: the end date in force, which can be kept. :param problem: a sentence beside the field.
    """

    value: str
    day: str
    present: datetime | None
    problem: str = ""

    @property
    def present_value(self) -> str:
        """Names ``present`` itself, so that a form does what it showed, whatever was changed in between."""
        return f"{_AS_SHOWN}{self.present.isoformat()}" if self.present else ""

    @property
    def earliest(self) -> date:
        """The first day that can be chosen."""
        return now().date()

    @property
    def latest(self) -> date:
        """The last day that can be chosen."""
        return (now() + _FURTHEST).date() - timedelta(days=1)


def offer(present: datetime | None) -> Choice:
    """The choice for a connection that ends at ``present``, as it is shown first."""
    return Choice(value=f"{_AS_SHOWN}{present.isoformat()}" if present else NEVER, day="", present=present)


def read(value: str, day: str, *, present: datetime | None) -> datetime | None:
    """The end that ``value`` (and for ON_A_DATE ``day``, in ISO 8601) chooses; None for never.

    :param present: stays when ``value`` is empty, which is how a form without the field comes.
    :raises Invalid: it chooses nothing, or what is past or too far away.
    """
    if not value:
        return present
    if value == NEVER:
        return None
    if value in {str(days) for days in DAYS}:
        return now() + timedelta(days=int(value))
    chosen = _instant(value, day)
    if chosen is None:
        raise Invalid({FIELD: [N_("Choose a date.")]})
    if chosen <= now():
        raise Invalid({FIELD: [N_("This date is past. Choose a later one.")]})
    if chosen > now() + _FURTHEST:
        raise Invalid({FIELD: [N_("Choose a date within the next ten years.")]})
    return chosen


def _instant(value: str, day: str) -> datetime | None:
    try:
        if value == ON_A_DATE:
            return datetime.combine(date.fromisoformat(day), time(23, 59, 59), tzinfo=UTC)
        if value.startswith(_AS_SHOWN):
            return datetime.fromisoformat(value.removeprefix(_AS_SHOWN)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return None
