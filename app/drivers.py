"""How a compiled statement is handed to the driver of each database; for ``prepared`` alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Executable, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:
    from .postgres import JoinedForm, Sets

Row = tuple[Any, ...]


# Who finds SQLite's one write lock taken sleeps and tries again, by SQLite's own way ever longer, up to 100 ms at a time,
# while others overtake. Here that begins anew after 1, 2 and 5 ms.
SHORT_NAPS = "PRAGMA busy_timeout = 8"
PATIENCE = 15.0  # seconds
_BUSY = 5  # SQLITE_BUSY, the low byte of its kinds


def execute(cursor: Any, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Execute ``sql`` on SQLite as soon as nobody is in the way.

    :raises sqlite3.OperationalError: somebody has been for too long.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return cursor.execute(sql, parameters)
        except Exception as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != _BUSY or time.monotonic() > deadline:
                raise


class Line:
    """A connection to the database that is kept open between two statements.

    :ivar raw: the driver's connection. :ivar opened: when, by the monotonic clock. :ivar prepared: of the statements that
        the server has prepared on it, by name, what reads their rows.
    """

    __slots__ = ("opened", "pooled", "prepared", "raw")

    def __init__(self, pooled: PoolProxiedConnection, opened: float) -> None:
        self.pooled, self.opened = pooled, opened
        self.raw: Any = pooled.dbapi_connection
        self.prepared: dict[bytes, Any] = {}


class Form:
    """A statement as one kind of database understands it.

    :ivar kinds: the types of its parameters.
    """

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._sql = str(compiled)
        self.kinds = {bind.key: bind.type for bind in compiled.binds.values() if bind.required}
        self._order = compiled.positiontup or ()
        self._fixed: list[Any] = []
        self._asked: list[tuple[int, str, Any]] = []
        for index, name in enumerate(self._order):
            bind = compiled.binds[name]
            write = self._writer(bind.type, dialect)
            self._fixed.append(None if bind.required else self._written(bind.value, write))
            if bind.required:
                self._asked.append((index, name, write))

    def run(self, line: Line, values: Mapping[str, Any]) -> Row | None:
        """Execute it with ``values`` for its parameters; the first row that it returns."""
        cursor = line.raw.cursor()
        try:
            row: Row | None = execute(cursor, self._sql, self._parameters(values)).fetchone()
        finally:
            cursor.close()
        return row

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        parameters, written = self._fixed.copy(), self._written
        for index, name, write in self._asked:
            parameters[index] = written(values[name], write)
        return parameters

    @staticmethod
    def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Any:
        return kind.dialect_impl(dialect).bind_processor(dialect)

    @staticmethod
    def _written(value: Any, write: Any) -> Any:
        return value if write is None else write(value)


def form_of(statement: Any, dialect: Dialect) -> Form:
    """``statement`` for ``dialect``."""
    if dialect.name == "postgresql":
        from .postgres import PostgresForm  # SQLite does without psycopg

        return PostgresForm(statement, dialect)
    return Form(statement.compile(dialect=dialect), dialect)


def joined_form_of(single: Form, join: "Callable[[Sets], Executable]", dialect: Dialect) -> "JoinedForm | None":
    """``single`` for several sets of values at once; None where that gains nothing.

    :param join: the statement that does it.
    """
    if dialect.name != "postgresql":
        return None
    from .postgres import JoinedForm, Sets

    return JoinedForm(join(Sets(single.kinds)), dialect)
