"""What waits for the job worker, over all organizations: for the server's operator."""

from dataclasses import dataclass

from sqlalchemy import func, select

from ..clock import now
from ..database import reading, table_of
from ..models import AccountLetter, Broadcast, ContactImport, Delivery, Stage

_delivery, _broadcast = table_of(Delivery), table_of(Broadcast)
_import, _letter = table_of(ContactImport), table_of(AccountLetter)

# Each condition is that of a small index: only what there is to do.
_WAITING = {
    "delivery": (_delivery.c.stage != Stage.OVER, _delivery.c.due_at),
    "import": (_import.c.finished_at.is_(None), _import.c.created_at),
    "broadcast": (_broadcast.c.finished_at.is_(None), _broadcast.c.due_at),
    "account_letter": (_letter.c.over_at.is_(None), _letter.c.due_at),
}


@dataclass(frozen=True)
class Waiting:
    """:param number: of jobs that are not over. :param late: seconds for which the oldest has been due."""

    number: int
    late: float


def read() -> dict[str, Waiting]:
    """What waits, by kind of job."""
    found = {}
    with reading() as connection:
        for kind, (condition, due) in _WAITING.items():
            number, oldest = connection.execute(select(func.count(), func.min(due)).where(condition)).one()
            found[kind] = Waiting(number, max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0)
    return found
