"""How a compiled statement is handed to libpq; for ``drivers`` alone."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from sqlalchemy import Dialect, LargeBinary, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .drivers import Form, Row


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
    # What SQLAlchemy's types hand over, as PostgreSQL reads it.
    _WRITTEN: ClassVar[dict[type, Any]] = {
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

    def run(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Row | None:
        raw: Any = connection.dbapi_connection
        if connection.info.get(self._name) is None:
            self._check(raw, raw.pgconn.prepare(self._name, self._text, self._types))
            connection.info[self._name] = True
        result = self._check(raw, raw.pgconn.exec_prepared(self._name, self._parameters(values), self._formats))
        if not result.ntuples:
            return None
        # Kept with its connection: it knows by then how values of each type are read.
        transformer = connection.info.get(Transformer) or connection.info.setdefault(Transformer, Transformer(raw))
        transformer.set_pgresult(result)
        row: Row = transformer.load_row(0, tuple)
        return row

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        written, write = super()._parameters(values), self._WRITTEN
        return [write[kind](value) if (kind := type(value)) in write else value for value in written]

    @staticmethod
    def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Any:
        # Bytes go over as they are.
        return None if isinstance(kind, LargeBinary) else Form._writer(kind, dialect)

    @staticmethod
    def _check(raw: Any, result: Any) -> Any:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            error = errors.error_from_result(result, raw.info.encoding)
            # A lost connection has no code of the server's, by which libpq's errors are told apart.
            raise errors.OperationalError(str(error)) if raw.closed else error
        return result
