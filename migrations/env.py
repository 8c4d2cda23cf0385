"""Runs the migrations on the application's own database connection."""

from alembic import context
from flask import current_app

from app import models  # noqa: F401  (importing the tables registers them)
from app.database import Base, UtcDateTime

extension = current_app.extensions["migrate"]


def render_item(kind: str, item: object, _: object) -> str | bool:
    """Write the product's own column types as what they are in the database."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def run() -> None:
    with extension.db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=render_item,
            # One transaction for all: a failed upgrade leaves the database as it was, on PostgreSQL and SQLite alike.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
