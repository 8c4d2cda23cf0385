"""Statements of the paths that every call takes: written in SQLAlchemy Core, compiled once, run close to the driver.

SQLAlchemy's own execution costs more than the driver's: 90 us beside 55 for the guard's SELECT on PostgreSQL. What is
left of it here: the SQL, the conversions of types, the pool of connections and the classes of errors.
"""

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Dialect,
    Engine,
    Executable,
    Insert,
    Select,
    Table,
    bindparam,
    event,
    select,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningUpdate

from .database import READ_BIND, file_of, upsert
from .drivers import SHORT_NAPS, Form, Line, Row, execute, form_of, joined_form_of
from .extensions import db
from .here import this_app
from .joining import Meeting

Values = Mapping[str, Any]


class Query:
    """A SELECT of one row, that is run by itself, without a transaction around it.

    Its conditions take no lists (``IN``): these would be written out anew at each execution.

    Where a database is a process of its own, threads that run it at the same time do so together (``joining``): what a
    round trip costs is the change from one process to the other.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    def first(self, values: Values) -> tuple[Any, ...] | None:
        """The row found with ``values`` for the statement's parameters."""
        idle = _idle()
        prepared = self._prepared.get(idle.dialect.name) or self._prepare(idle.dialect)
        found = prepared.run(idle, [values])[0] if prepared.joined is None else idle.meeting(prepared).ask(values)
        if found is None or not prepared.readers:
            return found
        row = list(found)
        for index, read in prepared.readers:
            row[index] = read(row[index])
        return tuple(row)

    def _prepare(self, dialect: Dialect) -> "_Prepared":
        self._prepared[dialect.name] = prepared = _Prepared(self._statement, dialect)
        return prepared


class _Prepared:
    """A Query for one kind of database.

    :ivar readers: what reads the columns that need it, by index. :ivar joined: finds the rows of several sets of values.
    """

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        types = (column.type.dialect_impl(dialect) for column in statement.selected_columns)
        readers = ((index, kind.result_processor(dialect, None)) for index, kind in enumerate(types))
        self.readers = [(index, read) for index, read in readers if read is not None]
        self.single, self.joined = form_of(statement, dialect), joined_form_of(statement, dialect)

    def run(self, idle: "_Idle", many: Sequence[Values]) -> Sequence[Row | None]:
        """The row for each of ``many``."""
        line = idle.take()
        try:
            if self.joined is None or len(many) == 1:
                found: Sequence[Row | None] = [self.single.run(line, many[0])]
            else:
                found = self.joined.run_all(line, many)
        except BaseException as error:
            idle.take_back(line, error)
            raise
        idle.give_back(line)
        return found


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
    :param on_sqlite: the same in SQLite's words, where these have to be others.

    On PostgreSQL it is one statement, which commits itself. BEGIN, UPDATE, INSERT and COMMIT one by one took 186 us of
    the worker and 200 us of the database; as one they take 78 and 120. SQLite has no such statements, but no round
    trips either: there it is a transaction.
    """

    def __init__(self, spend: ReturningUpdate[Any], *entries: Entry, on_sqlite: ReturningUpdate[Any] | None = None) -> None:
        self._spend, self._entries = spend, entries
        self._on_sqlite = spend if on_sqlite is None else on_sqlite
        self._returned = [column.name for column in spend.exported_columns]
        self._prepared: dict[str, list[Form]] = {}

    def run(self, values: Values) -> dict[str, Any] | None:
        """What was spent; None when there was nothing.

        What happened is committed; no unit of work may be writing already.
        """
        idle = _idle()
        line = idle.take()
        try:
            forms = self._prepared.get(idle.dialect.name) or self._prepare(idle.dialect)
            spent = self._run(forms[0], line, values) if len(forms) == 1 else self._run_in_turn(forms, line, values)
        except BaseException as error:
            idle.take_back(line, error)
            raise
        idle.give_back(line)
        return spent

    def _run(self, form: Form, line: Line, values: Values) -> dict[str, Any] | None:
        row = form.run(line, values)
        return None if row is None else dict(zip(self._returned, row, strict=True))

    def _run_in_turn(self, forms: list[Form], line: Line, values: Values) -> dict[str, Any] | None:
        with _transaction(line):
            spent = self._run(forms[0], line, values)
            for form in () if spent is None else forms[1:]:
                form.run(line, {**values, **(spent or {})})
        return spent

    def _prepare(self, dialect: Dialect) -> list[Form]:
        self._prepared[dialect.name] = [form_of(statement, dialect) for statement in self._statements(dialect.name)]
        return self._prepared[dialect.name]

    def _statements(self, dialect: str) -> Iterator[Executable]:
        if dialect != "postgresql":
            yield self._on_sqlite
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
        self.engine, self.dialect, self._process = engine, engine.dialect, os.getpid()
        self._file = file_of(engine)
        self._waiting: deque[Line] = deque()
        self._meetings: dict[_Prepared, Meeting[Values, Row | None]] = {}
        event.listen(engine, "engine_disposed", self._end)

    def meeting(self, prepared: _Prepared) -> Meeting[Values, Row | None]:
        """Where threads meet that want rows of ``prepared``."""
        found = self._meetings.get(prepared)
        return found or self._meetings.setdefault(prepared, Meeting(partial(prepared.run, self)))

    def take(self) -> Line:
        """A connection.

        :raises DBAPIError: there is none, and none can be opened.
        """
        now = time.monotonic()
        try:
            if self._file is not None:
                self._file.check()
            while True:
                try:
                    line = self._waiting.pop()
                except IndexError:
                    break
                if now - line.opened < self.RECYCLED_AFTER:
                    return line
                line.pooled.invalidate()
            line = Line(self.engine.raw_connection(), now)
            if self._file is not None:
                line.raw.execute(SHORT_NAPS)
            return line
        except self.dialect.loaded_dbapi.Error as error:
            raise self._in_own_words(error) from error

    def give_back(self, line: Line) -> None:
        self._waiting.append(line)

    def take_back(self, line: Line, error: BaseException) -> None:
        """Give ``line`` back after ``error``, unless it is no good any more.

        :raises DBAPIError: the error was the driver's.
        """
        driver_error = self.dialect.loaded_dbapi.Error
        if not isinstance(error, driver_error):
            line.pooled.invalidate()
            return
        if self.dialect.is_disconnect(error, line.pooled.dbapi_connection, None):
            line.pooled.invalidate(error)
            # When one is dead, all others are.
            self.engine.dispose()
        else:
            self.give_back(line)
        raise self._in_own_words(error) from error

    def _in_own_words(self, error: Exception) -> BaseException:
        driver_error = self.dialect.loaded_dbapi.Error
        return DBAPIError.instance("", None, error, driver_error, hide_parameters=True, dialect=self.dialect)

    def _end(self, _: Engine) -> None:
        waiting, self._waiting = self._waiting, deque()
        # After a fork they are still the parent's.
        for line in waiting if os.getpid() == self._process else ():
            line.pooled.invalidate()


def _idle() -> _Idle:
    kept = this_app().extensions
    found: _Idle = kept.get("idle_connections") or kept.setdefault("idle_connections", _Idle(db.engines[READ_BIND]))
    return found


@contextmanager
def _transaction(line: Line) -> Iterator[None]:
    cursor = line.raw.cursor()
    execute(cursor, "BEGIN IMMEDIATE")
    try:
        yield
        execute(cursor, "COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
