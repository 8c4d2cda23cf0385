"""How a compiled statement is handed to the driver of each database; for ``prepared`` alone."""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus
from sqlalchemy import Dialect, LargeBinary, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler


class Outcome(NamedTuple):
    """What a statement did. :param row: the first row that it returned. :param changed: how many it changed."""

    row: tuple[Any, ...] | None
    changed: int


class Form:
    """A statement as one kind of database understands it."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._sql = str(compiled)
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        writers = ((name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in compiled.binds.items())
        self._writers = [(name, write) for name, write in writers if write is not None]
        self._order = compiled.positiontup or ()

    def run(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Outcome:
        """Execute it with ``values`` for its parameters."""
        cursor = connection.cursor()
        cursor.execute(self._sql, self._parameters(values))
        return Outcome(cursor.fetchone(), cursor.rowcount)

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        converted = {**self._fixed, **values}
        for name, write in self._writers:
            converted[name] = write(converted[name])
        return [converted[name] for name in self._order]


class PostgresForm(Form):
    """A statement that the server prepares once for each connection, run by libpq itself.

    psycopg's cursors are written in Python, for statements of every kind: 33 us of the worker, and 15 like this.
    """

    _numbers = itertools.count()
    _BYTEA = 17

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        super().__init__(compiled, dialect)
        self._name = b"prepared_%d" % next(self._numbers)
        self._text = self._sql.encode()
        # Of the others the SQL itself says the type.
        self._types = [self._BYTEA if isinstance(compiled.binds[name].type, LargeBinary) else 0 for name in self._order]
        self._formats = [PyFormat.TEXT] * len(self._order)

    def run(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Outcome:
        raw: Any = connection.dbapi_connection
        if connection.info.get(self._name) is None:
            self._check(raw, raw.pgconn.prepare(self._name, self._text, self._types))
            connection.info[self._name] = True
        # Kept with its connection: it knows by then how values of each type are written and read.
        transformer = connection.info.get(Transformer) or connection.info.setdefault(Transformer, Transformer(raw))
        parameters = transformer.dump_sequence(self._parameters(values), self._formats)
        result = self._check(raw, raw.pgconn.exec_prepared(self._name, parameters))
        if not result.ntuples:
            return Outcome(None, result.command_tuples or 0)
        transformer.set_pgresult(result)
        return Outcome(transformer.load_row(0, tuple), result.command_tuples or 0)

    @staticmethod
    def _check(raw: Any, result: Any) -> Any:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            error = errors.error_from_result(result, raw.info.encoding)
            # A lost connection has no code of the server's, by which libpq's errors are told apart.
            raise errors.OperationalError(str(error)) if raw.closed else error
        return result


def form_of(statement: Any, dialect: Dialect) -> Form:
    """``statement`` for ``dialect``."""
    if dialect.name == "postgresql":
        numbered = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
        return PostgresForm(statement.compile(dialect=numbered), dialect)
    return Form(statement.compile(dialect=dialect), dialect)
