"""Charts as plain SVG: where each mark stands. Templates draw them, with words and a table beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

HEIGHT, STEP, BAR = 100.0, 10.0, 7.0  # units of the drawing, which is stretched to its place
_STEPS = (2, 4, 6, 10)
SERIES = 6  # colours in the style sheet


@dataclass(frozen=True)
class Series:
    """One kind of what is counted. :param values: by day."""

    label: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Mark:
    """A bar, or a part of one. :param colour: number of the series, from 1 on."""

    x: float
    y: float
    height: float
    colour: int
    day: date
    label: str
    value: int


@dataclass(frozen=True)
class Chart:
    """Counts by day, on a scale from 0 to ``top``.

    :param is_level: whether the values say how many there are, so that they are joined by a line; otherwise they say how
        often something happened on the day, and are bars.
    """

    days: Sequence[date]
    series: Sequence[Series]
    is_level: bool = False

    @property
    def sums(self) -> list[int]:
        """All series together, by day."""
        return [sum(values) for values in zip(*(one.values for one in self.series), strict=True)] or [0] * len(self.days)

    @property
    def total(self) -> int:
        return sum(self.sums)

    @property
    def top(self) -> int:
        """The end of the scale: even, so that its middle is a whole number too."""
        highest, power = max(self.sums), 1
        while True:
            for step in _STEPS:
                if step * power >= highest:
                    return step * power
            power *= 10

    @property
    def width(self) -> float:
        return STEP * len(self.days)

    @property
    def marks(self) -> list[Mark]:
        """The parts of the bars, each day's from the bottom up."""
        marks = []
        for number, day in enumerate(self.days):
            reached = 0
            for colour, one in enumerate(self.series, start=1):
                value = one.values[number]
                reached += value
                if value:
                    marks.append(Mark(
                        x=STEP * number + (STEP - BAR) / 2, y=self._y(reached), height=round(HEIGHT * value / self.top, 2),
                        colour=min(colour, SERIES), day=day, label=one.label, value=value,
                    ))  # fmt: skip
        return marks

    @property
    def points(self) -> str:
        """The line through the first series, as SVG writes points."""
        values = self.series[0].values
        return " ".join(f"{STEP * number + STEP / 2},{self._y(value)}" for number, value in enumerate(values))

    def _y(self, value: int) -> float:
        return round(HEIGHT - HEIGHT * value / self.top, 2)


def with_the_rest(series: Sequence[Series], label: str) -> list[Series]:
    """``series`` in as many colours as there are: what is beyond becomes one, named ``label``."""
    if len(series) <= SERIES:
        return list(series)
    kept, others = series[: SERIES - 1], series[SERIES - 1 :]
    return [*kept, Series(label, [sum(values) for values in zip(*(one.values for one in others), strict=True)])]
