"""Rates: how often something may be done, written as ``600/minute`` or ``10/15minute``."""

import re
from dataclasses import dataclass, replace

_DAY = 86400
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": _DAY, "month": 30 * _DAY, "year": 360 * _DAY}
_WRITTEN = re.compile(
    rf"\s*([0-9]+)\s*(?:/|per)\s*([0-9]+)?\s*({'|'.join(UNITS)})s?\s*", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """So many times in a window of ``number`` units."""

    amount: int
    number: int
    unit: str

    @property
    def seconds(self) -> int:
        """The length of the window."""
        return self.number * UNITS[self.unit]

    def times(self, factor: int) -> "Rate":
        """So many times as often."""
        return replace(self, amount=self.amount * factor)

    def __str__(self) -> str:
        return f"{self.amount}/{self.number if self.number > 1 else ''}{self.unit}"


def parse(text: str) -> Rate:
    """The rate that ``text`` says. :raises ValueError: it says none."""
    found = _WRITTEN.fullmatch(text)
    amount, number, unit = found.groups() if found else ("", "", "")
    if not amount or (number and not int(number)):
        raise ValueError(f"'{text}' is no rate: write it as 600/minute or 10/15minute")
    return Rate(int(amount), int(number or 1), unit.lower())
