"""How a compiled statement is handed to libpq; for ``drivers`` alone."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    LargeBinary,
    Select,
    String,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .drivers import Form, Line, Row


def _text(value: str) -> bytes:
    """
    :raises errors.CharacterNotInRepertoire: libpq would end ``value`` at its first NUL, and find what is stored for the part
        before it.
    """
    if "\0" in value:
        raise errors.CharacterNotInRepertoire("PostgreSQL's texts have no NUL.")
    return value.encode()


class PostgresForm(Form):
    """A statement that the server prepares once for each connection, run by libpq itself.

    psycopg's cursors are written in Python, for statements of every kind: 33 us of the worker, and 15 like this.
    """

    _numbers = itertools.count()
    _BYTEA = 17
    _DONE = (int(ExecStatus.TUPLES_OK), int(ExecStatus.COMMAND_OK))
    # What SQLAlchemy's types hand over, as PostgreSQL reads it.
    _ENCODED: ClassVar[dict[type, Any]] = {
        str: _text,
        int: b"%d".__mod__,
        datetime: lambda value: value.isoformat().encode(),
    }

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        numbered = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
        compiled: SQLCompiler = statement.compile(dialect=numbered)
        super().__init__(compiled, dialect)
        self._name = b"prepared_%d" % next(self._numbers)
        self._text = self._sql.encode()
        # Of the others the SQL itself says the type.
        self._types = [self._BYTEA if isinstance(compiled.binds[name].type, LargeBinary) else 0 for name in self._order]
        self._formats = [Format.BINARY if kind else Format.TEXT for kind in self._types]

    def run(self, line: Line, values: Mapping[str, Any]) -> Row | None:
        rows, length = self._rows(line, self._parameters(values))
        row: Row | None = rows.load_row(0, tuple) if length else None
        return row

    def _rows(self, line: Line, parameters: list[Any]) -> tuple[Any, int]:
        """Execute it; what reads the rows that it returns, and how many there are."""
        rows = line.prepared.get(self._name) or self._prepare(line)
        result = line.raw.pgconn.exec_prepared(self._name, parameters, self._formats)
        if result.status not in self._DONE:
            raise self._error(line, result)
        rows.set_pgresult(result, set_loaders=False)
        return rows, result.ntuples

    def _prepare(self, line: Line) -> Any:
        pgconn, rows = line.raw.pgconn, Transformer(line.raw)
        for result in (
            # Unlike others (app.database), these find rows by unique keys: one plan is the best for all values, and for
            # tables of all sizes.
            pgconn.exec_(b"SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off"),
            pgconn.prepare(self._name, self._text, self._types),
            pgconn.describe_prepared(self._name),
        ):
            if result.status not in self._DONE:
                raise self._error(line, result)
        rows.set_pgresult(result)
        line.prepared[self._name] = rows
        return rows

    @staticmethod
    def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Any:
        # Bytes go over as they are.
        return None if isinstance(kind, LargeBinary) else Form._writer(kind, dialect)

    @classmethod
    def _written(cls, value: Any, write: Any) -> Any:
        value = value if write is None else write(value)
        encode = cls._ENCODED.get(type(value))
        return value if encode is None else encode(value)

    @staticmethod
    def _error(line: Line, result: Any) -> Exception:
        error = errors.error_from_result(result, line.raw.info.encoding)
        # A lost connection has no code of the server's, by which libpq's errors are told apart.
        return errors.OperationalError(str(error)) if line.raw.closed else error


class Sets:
    """Several sets of values for a statement, as a table: an array for each of its parameters, a number for each set.

    :param kinds: the types of the parameters.
    """

    NUMBER = "number_of_set"

    def __init__(self, kinds: Mapping[str, TypeEngine[Any]]) -> None:
        # A text of a limited type would be cut off, and found.
        whole = {name: Text() if isinstance(kind, String) else kind for name, kind in kinds.items()}
        arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in whole.items()]
        columns = [column(name, kind) for name, kind in whole.items()]
        self._table: FromClause = func.unnest(*arrays).table_valued(
            *columns, with_ordinality=self.NUMBER
        ).render_derived("sets")  # fmt: skip

    @property
    def columns(self) -> Sequence[ColumnElement[Any]]:
        """Those of the parameters, and the number."""
        return tuple(self._table.c)

    def keep_free(self, table: FromClause, row: ColumnElement[bool]) -> None:
        """Leave out the sets whose ``row`` of ``table`` somebody else has locked: nobody waits for one while holding others,
        nor because of somebody else's.
        """
        free = select(self._table).join(table, self.fill(row)).with_for_update(of=table, key_share=True, skip_locked=True)
        self._table = free.cte("free")

    def fill(self, statement: Any) -> Any:
        """``statement`` with the columns of the sets for its parameters."""

        def column_for(part: Any, **_: Any) -> Any:
            is_parameter = isinstance(part, BindParameter) and part.required
            return self._table.c[part.key] if is_parameter else None

        return visitors.replacement_traverse(statement, {}, column_for)  # type: ignore[call-overload]

    def find_each(self, statement: Select[Any]) -> Select[Any]:
        """The number of each set, and the first row that ``statement`` finds with it.

        :param statement: its parameters are used in conditions only.
        """
        # The limit keeps PostgreSQL from planning it for all sets as a whole.
        found = self.fill(statement).limit(literal_column("1")).lateral("found")
        return select(self._table.c[self.NUMBER], *found.c).select_from(self._table.join(found, true()))


class JoinedForm(PostgresForm):
    """A statement for several sets of values at once: it returns the number of the set before each row."""

    def run_all(self, line: Line, many: Sequence[Mapping[str, Any]]) -> list[Row | None]:
        """Execute it; the row for each of ``many``."""
        parameters, written = self._fixed.copy(), self._written
        for index, name, write in self._asked:
            column = [values[name] for values in many]
            parameters[index] = b"{%s}" % b",".join(
                [b"NULL" if value is None else written(value, write) for value in column]
            )  # fmt: skip
        found: list[Row | None] = [None] * len(many)
        rows, length = self._rows(line, parameters)
        for number, *row in rows.load_rows(0, length, tuple):
            found[number - 1] = tuple(row)
        return found

    @staticmethod
    def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Any:
        """What writes an element of an array."""
        if not isinstance(kind, ARRAY):
            return PostgresForm._writer(kind, dialect)
        if isinstance(kind.item_type, LargeBinary):
            return lambda value: b'"\\\\x%s"' % value.hex().encode()
        write = PostgresForm._writer(kind.item_type, dialect)
        if isinstance(kind.item_type, String):
            return lambda value: _quoted(value if write is None else write(value))
        return write


def _quoted(value: str) -> bytes:
    return b'"%s"' % _text(value).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
