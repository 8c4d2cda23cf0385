"""Statements of the paths that every call takes: written in SQLAlchemy Core, compiled once, run close to the driver.

SQLAlchemy's own execution costs more than the driver's: 90 us beside 55 for the guard's SELECT on PostgreSQL. What is
left of it here: the SQL, the conversions of types, the pool of connections and the classes of errors.
"""

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    CTE,
    ColumnElement,
    Dialect,
    Engine,
    Executable,
    Insert,
    PoolProxiedConnection,
    Select,
    Table,
    bindparam,
    event,
    select,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningUpdate

from .database import READ_BIND, upsert
from .drivers import Form, form_of
from .extensions import db
from .here import this_app

Values = Mapping[str, Any]


class Query:
    """A SELECT that is run by itself, without a transaction around it.

    Its conditions take no lists (``IN``): these would be written out anew at each execution.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._prepared: dict[str, tuple[Form, list[tuple[int, Any]]]] = {}

    def first(self, values: Values) -> tuple[Any, ...] | None:
        """The first row found with ``values`` for the statement's parameters."""
        with _Use() as (connection, dialect):
            form, readers = self._prepared.get(dialect.name) or self._prepare(dialect)
            found = form.run(connection, values)
        if found is None:
            return None
        row = list(found)
        for index, read in readers:
            row[index] = read(row[index])
        return tuple(row)

    def _prepare(self, dialect: Dialect) -> tuple[Form, list[tuple[int, Any]]]:
        types = (column.type.dialect_impl(dialect) for column in self._statement.selected_columns)
        readers = ((index, kind.result_processor(dialect, None)) for index, kind in enumerate(types))
        prepared = form_of(self._statement, dialect), [(index, read) for index, read in readers if read is not None]
        self._prepared[dialect.name] = prepared
        return prepared


class Entry:
    """A row that is inserted because something was spent.

    :param values: column -> name of the parameter, or of the column of what was spent, that it takes.
    :param replaces: columns of a unique key; a row that has the same there is overwritten.
    """

    def __init__(self, table: Table, values: Mapping[str, str], *, replaces: Sequence[str] = ()) -> None:
        self.table, self.values, self.replaces = table, values, replaces

    def insert(self, dialect: str, spent: CTE | None) -> Insert:
        """The INSERT; when ``spent`` is given, a row for each of its rows."""
        taken = [self._value(column, name, spent) for column, name in self.values.items()]
        rows = select(*taken).where(true()) if spent is None else select(*taken).select_from(spent)
        statement = upsert(self.table, dialect)
        if self.replaces:
            renewed = {name: statement.excluded[name] for name in self.values if name not in self.replaces}
            statement = statement.on_conflict_do_update(index_elements=self.replaces, set_=renewed)
        return cast(Insert, statement.from_select(list(self.values), rows, include_defaults=False))

    def _value(self, column: str, name: str, spent: CTE | None) -> ColumnElement[Any]:
        if spent is not None and name in spent.c:
            return spent.c[name]
        return bindparam(name, type_=self.table.c[column].type)


class Spending:
    """A conditional UPDATE that spends something, and the rows that follow when it did: all of it, or nothing.

    :param spend: its RETURNING is handed out and, by name, to ``entries``.

    On PostgreSQL it is one statement, which commits itself. BEGIN, UPDATE, INSERT and COMMIT one by one took 186 us of
    the worker and 200 us of the database; as one they take 78 and 120. SQLite has no such statements, but no round
    trips either: there it is a transaction.
    """

    def __init__(self, spend: ReturningUpdate[Any], *entries: Entry) -> None:
        self._spend, self._entries = spend, entries
        self._returned = [column.name for column in spend.exported_columns]
        self._prepared: dict[str, list[Form]] = {}

    def run(self, values: Values) -> dict[str, Any] | None:
        """What was spent; None when there was nothing.

        What happened is committed; no unit of work may be writing already.
        """
        with _Use() as (connection, dialect):
            first, *others = self._prepared.get(dialect.name) or self._prepare(dialect)
            if not others:
                row = first.run(connection, values)
                return None if row is None else dict(zip(self._returned, row, strict=True))
            with _transaction(connection):
                row = first.run(connection, values)
                if row is None:
                    return None
                spent = dict(zip(self._returned, row, strict=True))
                for form in others:
                    form.run(connection, {**values, **spent})
        return spent

    def _prepare(self, dialect: Dialect) -> list[Form]:
        self._prepared[dialect.name] = [form_of(statement, dialect) for statement in self._statements(dialect.name)]
        return self._prepared[dialect.name]

    def _statements(self, dialect: str) -> Iterator[Executable]:
        if dialect != "postgresql":
            yield self._spend
            yield from (entry.insert(dialect, None) for entry in self._entries)
            return
        spent = self._spend.cte("spent")
        entries = (entry.insert(dialect, spent).cte(f"entry_{index}") for index, entry in enumerate(self._entries))
        yield select(spent).add_cte(*entries)


class _Idle:
    """The connections in AUTOCOMMIT of one engine, between two statements.

    SQLAlchemy's pool makes, counts and ends them, but its hand-over costs as much as sending a statement: they are
    handed over once, and stay here.
    """

    RECYCLED_AFTER = 1800  # seconds; what stands between here and the database may drop older ones

    def __init__(self, engine: Engine) -> None:
        self.engine, self._process = engine, os.getpid()
        self._waiting: deque[tuple[PoolProxiedConnection, float]] = deque()
        event.listen(engine, "engine_disposed", self._end)

    def take(self) -> tuple[PoolProxiedConnection, float]:
        """A connection, and when it was opened."""
        now = time.monotonic()
        while self._waiting:
            connection, opened = self._waiting.pop()
            if now - opened < self.RECYCLED_AFTER:
                return connection, opened
            connection.invalidate()
        return self.engine.raw_connection(), now

    def give_back(self, connection: PoolProxiedConnection, opened: float) -> None:
        self._waiting.append((connection, opened))

    def _end(self, _: Engine) -> None:
        waiting, self._waiting = self._waiting, deque()
        # After a fork they are still the parent's.
        for connection, _opened in waiting if os.getpid() == self._process else ():
            connection.invalidate()


_idle: WeakKeyDictionary[Any, _Idle] = WeakKeyDictionary()


class _Use:
    """A connection for the time of one statement. The driver's errors become SQLAlchemy's."""

    __slots__ = ("_connection", "_idle", "_opened", "dialect", "engine")

    def __enter__(self) -> tuple[PoolProxiedConnection, Dialect]:
        app = this_app()
        self._idle = _idle.get(app) or _idle.setdefault(app, _Idle(db.engines[READ_BIND]))
        self.engine = self._idle.engine
        try:
            self._connection, self._opened = self._idle.take()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._in_own_words(error) from error
        return self._connection, self.engine.dialect

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self._idle.give_back(self._connection, self._opened)
            return
        dialect = self.engine.dialect
        driver_error = dialect.loaded_dbapi.Error
        if not isinstance(error, driver_error):
            self._connection.invalidate()
            return
        if dialect.is_disconnect(error, self._connection.dbapi_connection, None):
            self._connection.invalidate(error)
            # When one is dead, all others are.
            self.engine.dispose()
        else:
            self._idle.give_back(self._connection, self._opened)
        raise self._in_own_words(error) from error

    def _in_own_words(self, error: Exception) -> BaseException:
        dialect = self.engine.dialect
        driver_error = dialect.loaded_dbapi.Error
        return DBAPIError.instance("", None, error, driver_error, hide_parameters=True, dialect=dialect)


@contextmanager
def _transaction(connection: PoolProxiedConnection) -> Iterator[None]:
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
