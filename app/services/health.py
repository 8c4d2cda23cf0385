"""Whether the server can work: the database answers and has the tables that this code expects."""

from functools import lru_cache

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from ..database import reading
from ..settings import ROOT


def problems() -> list[str]:
    """What keeps the server from working, in words; empty when nothing does."""
    try:
        with reading() as connection:
            applied = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        return ["The database can't be reached."]
    if applied != _newest():
        return ["The database's migrations are not up to date: run 'flask --app wsgi db upgrade'."]
    return []


@lru_cache(maxsize=1)
def _newest() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()
