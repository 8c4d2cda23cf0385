"""Whether the server can work: the database answers and has the tables that this code expects."""

from functools import lru_cache

from sqlalchemy import column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from .. import migrating
from ..database import reading

_VERSION = table("alembic_version", column("version_num"))  # Alembic's own


def problems() -> list[str]:
    """What keeps the server from working, in words; empty when nothing does."""
    try:
        with reading() as connection:
            is_made = inspect(connection).has_table(_VERSION.name)
            applied = connection.scalar(select(_VERSION.c.version_num)) if is_made else None
    except SQLAlchemyError:
        return ["The database can't be reached."]
    if applied != _newest():
        return ["The database's migrations are not up to date: run 'flask --app wsgi db upgrade'."]
    return []


@lru_cache(maxsize=1)
def _newest() -> str:
    return migrating.newest()
