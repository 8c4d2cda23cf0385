"""The database's migrations, by Flask-Migrate.

Alembic is imported by who runs them: with what it brings along it is a tenth of the time in which a server starts, and of
its memory.
"""

from flask import Flask, current_app

from .extensions import db
from .settings import ROOT

FOLDER = ROOT / "migrations"


def newest() -> str:
    """The number of the newest migration: files are named by their numbers."""
    return max(path.name for path in (FOLDER / "versions").glob("*.py")).partition("_")[0]


def prepare(app: Flask) -> None:
    """Give ``app`` the commands ``db ...``, and what the functions of Flask-Migrate work with."""
    if "migrate" not in app.extensions:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(FOLDER), render_as_batch=True)


def upgrade() -> None:
    """Bring the present application's database to the newest migration."""
    import flask_migrate

    prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    flask_migrate.upgrade()
