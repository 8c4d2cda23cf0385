"""How a compiled statement is handed to libpq; for ``drivers`` alone."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeGuard

from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from sqlalchemy import (
    ARRAY,
    BindParameter,
    Dialect,
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
    """:raises errors.DataError: libpq would end ``value`` at its first NUL, and find what is stored for the part before."""
    if "\0" in value:
        raise errors.DataError("PostgreSQL's texts have no NUL.")
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
            # Unlike others (app.database), these find rows by unique keys: one plan is the best for all values.
            pgconn.exec_(b"SET plan_cache_mode = force_generic_plan"),
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


class JoinedForm(PostgresForm):
    """A SELECT of one row, for several sets of values at once: an array for each parameter.

    :param statement: its parameters are used in conditions only.
    """

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        super().__init__(self._joined(statement), dialect)

    def run_all(self, line: Line, many: Sequence[Mapping[str, Any]]) -> list[Row | None]:
        """Execute it; the row for each of ``many``."""
        parameters = self._fixed.copy()
        for index, name, write in self._asked:
            parameters[index] = self._array(self._written(values[name], write) for values in many)
        found: list[Row | None] = [None] * len(many)
        rows, length = self._rows(line, parameters)
        for number, *row in rows.load_rows(0, length, tuple):
            found[number - 1] = tuple(row)
        return found

    @staticmethod
    def _joined(statement: Select[Any]) -> Select[Any]:
        # A text of a limited type would be cut off, and found.
        kinds = {
            part.key: Text() if isinstance(part.type, String) else part.type
            for part in visitors.iterate(statement)
            if _is_parameter(part)
        }
        arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
        columns = [column(name, kind) for name, kind in kinds.items()]
        sets = func.unnest(*arrays).table_valued(*columns, with_ordinality="number").render_derived("sets")
        one: Select[Any] = visitors.replacement_traverse(  # type: ignore[call-overload]
            statement, {}, lambda part, **_: sets.c[part.key] if _is_parameter(part) else None
        )
        # The limit keeps PostgreSQL from planning it for all sets as a whole.
        found = one.limit(literal_column("1")).lateral("found")
        return select(sets.c.number, *found.c).select_from(sets.join(found, true()))

    @classmethod
    def _array(cls, values: Iterable[Any]) -> bytes:
        return b"{%s}" % b",".join([b"NULL" if value is None else cls._quoted(value) for value in values])

    @staticmethod
    def _quoted(value: bytes) -> bytes:
        return b'"%s"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')

    @staticmethod
    def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Any:
        if not isinstance(kind, ARRAY):
            return PostgresForm._writer(kind, dialect)
        if isinstance(kind.item_type, LargeBinary):
            return lambda value: b"\\x" + value.hex().encode()
        return PostgresForm._writer(kind.item_type, dialect)


def _is_parameter(part: Any) -> TypeGuard[BindParameter[Any]]:
    return isinstance(part, BindParameter) and part.required
