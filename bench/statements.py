"""SQL statements per request: what the database itself saw of single requests that this process answered."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from flask import Flask
from sqlalchemy import event

from app.extensions import db

from .data import Data
from .databases import Database
from .loads import Load

_FRAME = ("BEGIN", "COMMIT", "ROLLBACK")
_TRIES = 5
# How the server's log begins a statement, by the simple and by the extended protocol.
_LOGGED = ("LOG:  statement: ", "LOG:  execute ")


def count(app: Flask, database: Database, load: Load, data: Data) -> int:
    """Statements of one request of ``load``, without BEGIN and COMMIT.

    The least of several tries: now and then a request also tidies up, and other threads write things down.
    """
    lines = list(load.supplies(data, 4 * _TRIES))
    seen_so_far = _sqlite_counter(app) if database.name == "sqlite" else _postgresql_counter(database)
    counts = []
    for line in lines[: _TRIES + 1]:
        before = seen_so_far()
        _send(app, load, line)
        counts.append(seen_so_far() - before)
    return min(counts[1:])


def _send(app: Flask, load: Load, line: str) -> None:
    authorization, _, body = line.partition("\t")
    answer = app.test_client().open(
        load.path, method="POST" if body else "GET", headers={"Authorization": authorization},
        data=dict(parse_qsl(body)) or None,
    )  # fmt: skip
    if answer.status_code != 200:
        raise SystemExit(f"{load.path} answered {answer.status}: {answer.text}")


def _sqlite_counter(app: Flask) -> Callable[[], int]:
    seen: list[str] = []

    def trace(connection: Any, *_: Any) -> None:
        connection.set_trace_callback(seen.append)

    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "checkout", trace)
            # Connections stay checked out between statements (app/prepared.py): those to come are traced.
            engine.dispose()
    return lambda: sum(not statement.startswith(_FRAME) for statement in seen)


def _postgresql_counter(database: Database) -> Callable[[], int]:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")

    def seen() -> int:
        assert database.log is not None
        lines = database.log.read_text().splitlines()
        logged = (line.partition(mark)[2] for line in lines for mark in _LOGGED if mark in line)
        # Of a prepared statement the name comes first.
        return sum(not statement.partition(": ")[2].startswith(_FRAME) and not statement.startswith(_FRAME)
                   for statement in logged)  # fmt: skip

    return seen
