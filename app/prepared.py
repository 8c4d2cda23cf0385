"""Statements of the paths that every call takes: written in SQLAlchemy Core, compiled once, run close to the driver.

SQLAlchemy's own execution costs more than the driver's: 90 us beside 55 for the guard's SELECT on PostgreSQL. What is
left of it here: the SQL, the conversions of types, the pool of connections and the classes of errors.
"""

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Dialect,
    Engine,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    event,
    select,
    true,
)
from sqlalchemy.exc import DBAPIError

from .database import READ_BIND, file_of, upsert
from .drivers import SHORT_NAPS, Form, Line, Row, execute, form_of, joined_form_of
from .extensions import db
from .here import this_app
from .joining import Meeting

if TYPE_CHECKING:
    from .postgres import JoinedForm, Sets

Values = Mapping[str, Any]


class Query:
    """A SELECT of one row, that is run by itself, without a transaction around it.

    Its conditions take no lists (``IN``): these would be written out anew at each execution.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    def first(self, values: Values) -> Row | None:
        """The row found with ``values`` for the statement's parameters."""
        idle = _idle()
        prepared = self._prepared.get(idle.dialect.name) or self._prepare(idle.dialect)
        found = prepared.ask(idle, values)
        if found is None or not prepared.readers:
            return found
        row = list(found)
        for index, read in prepared.readers:
            row[index] = read(row[index])
        return tuple(row)

    def _prepare(self, dialect: Dialect) -> "_Prepared":
        single = form_of(self._statement, dialect)
        joined = joined_form_of(single, lambda sets: sets.find_each(self._statement), dialect)
        types = (column.type.dialect_impl(dialect) for column in self._statement.selected_columns)
        readers = ((index, kind.result_processor(dialect, None)) for index, kind in enumerate(types))
        prepared = _Prepared(single, joined, readers=[(index, read) for index, read in readers if read is not None])
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

    :param together: which row it is that is spent, when threads may do so together. Whoever finds it locked then gets None,
        as if there were nothing: what that means has to be found out otherwise.
    :param returning: what is handed out and, by name, to ``entries``.
    :param on_sqlite: the same in SQLite's words, where these have to be others.

    On PostgreSQL it is one statement, which commits itself. BEGIN, UPDATE, INSERT and COMMIT one by one took 186 us of
    the worker and 200 us of the database; as one they take 78 and 120. SQLite has no such statements, but no round
    trips either: there it is a transaction.
    """

    def __init__(
        self, spend: Update, *entries: Entry, returning: Sequence[ColumnElement[Any]],
        together: ColumnElement[bool] | None = None, on_sqlite: Sequence[ColumnElement[Any]] | None = None,
    ) -> None:  # fmt: skip
        self._spend, self._entries, self._together = spend, entries, together
        self._returning, self._on_sqlite = returning, returning if on_sqlite is None else on_sqlite
        self._names = [column.key or "" for column in returning]
        self._prepared: dict[str, _Prepared] = {}

    def run(self, values: Values) -> dict[str, Any] | None:
        """What was spent; None when there was nothing.

        What happened is committed; no unit of work may be writing already.
        """
        idle = _idle()
        prepared = self._prepared.get(idle.dialect.name) or self._prepare(idle.dialect)
        row = prepared.ask(idle, values)
        return None if row is None else dict(zip(self._names, row, strict=True))

    def _prepare(self, dialect: Dialect) -> "_Prepared":
        single: Form | _Transaction
        if dialect.name == "postgresql":
            single = form_of(self._as_one(), dialect)
            joined = None if self._together is None else joined_form_of(single, self._as_one, dialect)
        else:
            entries = (entry.insert(dialect.name, None) for entry in self._entries)
            spend = self._spend.returning(*self._on_sqlite)
            single = _Transaction([form_of(statement, dialect) for statement in (spend, *entries)], self._names)
            joined = None
        self._prepared[dialect.name] = prepared = _Prepared(single, joined, spends=True)
        return prepared

    def _as_one(self, sets: "Sets | None" = None) -> Select[Any]:
        """All of it in one statement; for each of ``sets`` when they are given."""
        spend, numbers = self._spend.returning(*self._returning), []
        if sets is not None and self._together is not None:
            sets.keep_free(self._spend.table, self._together)
            taken = {name for entry in self._entries for name in entry.values.values()} | {sets.NUMBER}
            others = [column for column in sets.columns if column.key in taken.difference(self._names)]
            spend, numbers = sets.fill(spend).returning(*others), [sets.NUMBER]
        spent = spend.cte("spent")
        entries = (entry.insert("postgresql", spent).cte(f"entry_{index}") for index, entry in enumerate(self._entries))
        return select(*(spent.c[name] for name in [*numbers, *self._names])).add_cte(*entries)


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A statement for one kind of database.

    Where that is a process of its own, threads that run it at the same time do so together (``joining``): what a round trip
    costs is the change from one process to the other, and what a commit costs is the disk.

    :ivar joined: finds the rows of several sets of values. :ivar spends: whether it changes something.
    :ivar readers: what reads the columns that need it, by index.
    """

    single: "Form | _Transaction"
    joined: "JoinedForm | None"
    spends: bool = False
    readers: Sequence[tuple[int, Any]] = ()

    def ask(self, idle: "_Idle", values: Values) -> Row | None:
        """The row for ``values``."""
        return self.run(idle, [values])[0] if self.joined is None else idle.meeting(self).ask(values)

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

    def meeting(self, idle: "_Idle") -> Meeting[Values, Row | None]:
        """A place for threads to meet that run it."""
        return Meeting(partial(self.run, idle), may_ask_again=_was_refused if self.spends else None)


class _Transaction:
    """Statements that run one after the other, when the first returns a row: all of them, or none.

    :param names: of the columns of that row, for the others.
    """

    def __init__(self, forms: Sequence[Form], names: Sequence[str]) -> None:
        self._forms, self._names = forms, names

    def run(self, line: Line, values: Values) -> Row | None:
        """The row that the first returns."""
        with _transaction(line):
            row = self._forms[0].run(line, values)
            if row is not None:
                spent = dict(zip(self._names, row, strict=True))
                for form in self._forms[1:]:
                    form.run(line, {**values, **spent})
        return row


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
        return found or self._meetings.setdefault(prepared, prepared.meeting(self))

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
            raise self._in_own_words(error, is_lost=True) from error
        self.give_back(line)
        raise self._in_own_words(error) from error

    def _in_own_words(self, error: Exception, *, is_lost: bool = False) -> BaseException:
        driver_error = self.dialect.loaded_dbapi.Error
        return DBAPIError.instance("", None, error, driver_error, hide_parameters=True, connection_invalidated=is_lost,
                                   dialect=self.dialect)  # fmt: skip

    def _end(self, _: Engine) -> None:
        waiting, self._waiting = self._waiting, deque()
        # After a fork they are still the parent's.
        for line in waiting if os.getpid() == self._process else ():
            line.pooled.invalidate()


def _idle() -> _Idle:
    kept = this_app().extensions
    found: _Idle = kept.get("idle_connections") or kept.setdefault("idle_connections", _Idle(db.engines[READ_BIND]))
    return found


def _was_refused(error: BaseException) -> bool:
    """Whether the database has answered that it did nothing. After a lost connection nobody knows."""
    return isinstance(error, DBAPIError) and bool(getattr(error.orig, "sqlstate", None)) and not error.connection_invalidated


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
