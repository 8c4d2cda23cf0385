"""How a compiled statement is handed to libpq; for ``drivers`` alone."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from sqlalchemy import Dialect, LargeBinary
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

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        super().__init__(compiled, dialect)
        self._name = b"prepared_%d" % next(self._numbers)
        self._text = self._sql.encode()
        # Of the others the SQL itself says the type.
        self._types = [self._BYTEA if isinstance(compiled.binds[name].type, LargeBinary) else 0 for name in self._order]
        self._formats = [Format.BINARY if kind else Format.TEXT for kind in self._types]

    def run(self, line: Line, values: Mapping[str, Any]) -> Row | None:
        rows = line.prepared.get(self._name) or self._prepare(line)
        result = line.raw.pgconn.exec_prepared(self._name, self._parameters(values), self._formats)
        if result.status not in self._DONE:
            raise self._error(line, result)
        if not result.ntuples:
            return None
        rows.set_pgresult(result, set_loaders=False)
        row: Row = rows.load_row(0, tuple)
        return row

    def _prepare(self, line: Line) -> Any:
        pgconn, rows = line.raw.pgconn, Transformer(line.raw)
        for result in (
            # Unlike others (app.database), these find one row by a unique key: one plan is the best for all values.
            pgconn.exec_(b"SET plan_cache_mode = auto"),
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
