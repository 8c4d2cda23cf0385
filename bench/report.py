"""The table that the bench prints: medians over the rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .databases import Database
from .processes import Server
from .wrk import Figures


@dataclass(frozen=True)
class Round:
    """One load in one round.

    :param hello: the bare answer's rate in the same round. :param plain_hello: that of the same on gunicorn's own worker.
    :param worker_cpu: seconds. :param database_cpu: too.
    """

    figures: Figures
    hello: float
    plain_hello: float
    worker_cpu: float
    database_cpu: float

    @property
    def ratio(self) -> float:
        return self.figures.rate / self.hello

    @property
    def plain_ratio(self) -> float:
        return self.figures.rate / self.plain_hello


@dataclass(frozen=True)
class Line:
    """A load on a database."""

    load: str
    goal: float | None
    statements: int
    rounds: Sequence[Round]

    def cells(self) -> tuple[str, ...]:
        ratios = sorted(round.ratio for round in self.rounds)
        return (
            self.load,
            f"{median(ratios):.2f}",
            f"{ratios[0]:.2f}-{ratios[-1]:.2f}",
            f"{self.goal:.2f}" if self.goal else "",
            f"{median(round.plain_ratio for round in self.rounds):.2f}",
            f"{median(round.figures.rate for round in self.rounds):,.0f}",
            f"{median(round.figures.p50 for round in self.rounds):.1f}",
            f"{median(round.figures.p99 for round in self.rounds):.1f}",
            f"{self._cpu('worker_cpu'):.0f}",
            f"{self._cpu('database_cpu'):.0f}",
            str(self.statements),
        )

    def _cpu(self, whose: str) -> float:
        return median(getattr(round, whose) / round.figures.requests * 1e6 for round in self.rounds)


HEADINGS = (
    "load", "R", "from-to", "goal", "R to gunicorn's worker", "req/s", "p50 ms", "p99 ms", "CPU us: workers",
    "CPU us: database", "SQL statements",
)  # fmt: skip


def show(database: Database, tokens: int, server: Server, lines: Sequence[Line]) -> str:
    """The lines of ``database`` as a Markdown table, with what was measured once above it."""
    resident, own = server.worker_mebibytes()
    head = (
        f"### {database.title}, {tokens:,} live tokens\n\n"
        f"The application starts in {server.seconds_to_start:.2f} s; a worker holds {resident:.0f} MiB "
        f"after the load, {own:.0f} of them alone.\n"
    )
    rows = [HEADINGS, tuple("---" if index == 0 else "---:" for index, _ in enumerate(HEADINGS))]
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in (*rows, *(line.cells() for line in lines))), ""])
