"""How a compiled statement is handed to the driver of each database; for ``prepared`` alone."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]


class Form:
    """A statement as one kind of database understands it."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._sql = str(compiled)
        self._fixed: dict[str, Any] = {}
        self._writers: list[tuple[str, Any]] = []
        for name, bind in compiled.binds.items():
            write = self._writer(bind.type, dialect)
            if not bind.required:
                self._fixed[name] = bind.value if write is None else write(bind.value)
            elif write is not None:
                self._writers.append((name, write))
        self._order = compiled.positiontup or ()

    def run(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Row | None:
        """Execute it with ``values`` for its parameters; the first row that it returns."""
        cursor = connection.cursor()
        try:
            row: Row | None = cursor.execute(self._sql, self._parameters(values)).fetchone()
        finally:
            cursor.close()
        return row

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        converted = {**self._fixed, **values}
        for name, write in self._writers:
            converted[name] = write(converted[name])
        return [converted[name] for name in self._order]

    @staticmethod
    def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Any:
        return kind.dialect_impl(dialect).bind_processor(dialect)


def form_of(statement: Any, dialect: Dialect) -> Form:
    """``statement`` for ``dialect``."""
    if dialect.name == "postgresql":
        from .postgres import PostgresForm  # SQLite does without psycopg

        numbered = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
        return PostgresForm(statement.compile(dialect=numbered), dialect)
    return Form(statement.compile(dialect=dialect), dialect)
