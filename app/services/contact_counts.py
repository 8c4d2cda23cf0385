"""How many live contacts an organization has. Whoever makes, deletes or restores contacts says so here, last of all."""

import random

from sqlalchemy import Connection, func, select

from ..database import table_of, upsert
from ..extensions import db
from ..models import ContactCount

_SLOTS = 16

_count = table_of(ContactCount)


def add(organization_id: int, number: int) -> None:
    """Count ``number`` more, or fewer. The row stays locked until the unit of work ends, so call it at its end."""
    # Which slot takes it is a matter of luck, not of secrecy.
    row = {"organization_id": organization_id, "slot": random.randrange(_SLOTS), "number": number}  # noqa: S311
    insert = upsert(_count, db.session.get_bind().dialect.name).values(row)
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=["organization_id", "slot"], set_={"number": _count.c.number + insert.excluded.number}
        )
    )


def read(connection: Connection, organization_id: int) -> int:
    total = select(func.sum(_count.c.number)).where(_count.c.organization_id == organization_id)
    return int(connection.scalar(total) or 0)
