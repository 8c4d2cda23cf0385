"""Writing thousands of rows at once: PostgreSQL's COPY, and on SQLite one prepared statement."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.types import TypeEngine

from .database import UtcDateTime, upsert
from .extensions import db

Row = tuple[Any, ...]


def insert_rows(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert ``rows``, each with the values of ``columns``, in the present unit of work. Defaults are not filled in."""
    if not rows:
        return
    connection = db.session.connection()
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    quoted = connection.dialect.identifier_preparer.quote_identifier
    statement = f"COPY {quoted(table.name)} ({', '.join(quoted(name) for name in columns)}) FROM STDIN"
    prepare = [table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in columns]
    with connection.connection.driver_connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[union-attr]
        for row in rows:
            copy.write_row([value if make is None else make(value) for make, value in zip(prepare, row, strict=True)])


def update_rows(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Update rows of ``table``: the first of ``columns`` says which, the others get the values."""
    if not rows:
        return
    key, *others = columns
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        given = _as_table(table, columns, rows)
        values = {name: given.c[name] for name in others}
        connection.execute(update(table).where(table.c[key] == given.c[key]).values(values))
    else:
        statement = update(table).where(table.c[key] == bindparam(f"the_{key}"))
        statement = statement.values({name: bindparam(f"the_{name}") for name in others})
        names = [f"the_{name}" for name in columns]
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def put_rows(table: Table, columns: Sequence[str], rows: Sequence[Row], *, added: Collection[str] = ()) -> None:
    """Insert ``rows``, or update those that there are already by the primary key; none of them comes twice.

    :param added: columns of numbers, of which an update adds the new one to what is there.
    """
    if not rows:
        return
    connection = db.session.connection()
    insert = upsert(table, connection.dialect.name)
    keys = [column.name for column in table.primary_key]
    excluded = {
        name: table.c[name] + insert.excluded[name] if name in added else insert.excluded[name]
        for name in columns
        if name not in keys
    }
    if connection.dialect.name == "postgresql":
        insert = insert.from_select(list(columns), select(_as_table(table, columns, rows)))
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=excluded))
    else:
        insert = insert.on_conflict_do_update(index_elements=keys, set_=excluded)
        connection.execute(insert, [dict(zip(columns, row, strict=True)) for row in rows])


def _as_table(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> TableValuedAlias:
    """``rows`` as a table in a statement: an array for each column."""
    values = zip(*rows, strict=True)
    kinds = [table.c[name].type for name in columns]
    arrays = [_array(kind, one) for kind, one in zip(kinds, values, strict=True)]
    valued = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in zip(columns, kinds, strict=True)))
    return valued.render_derived("given")


def _array(kind: TypeEngine[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    """``values`` as one parameter. Numbers and times are written out here: the driver looks at each by itself."""
    if not isinstance(kind, Integer | Date | UtcDateTime):
        return bindparam(None, list(values), type_=ARRAY(kind), unique=True)
    write = str if isinstance(kind, Integer) else _written
    literal = ",".join(["NULL" if value is None else write(value) for value in values])
    return cast(bindparam(None, f"{{{literal}}}", type_=Text, unique=True), ARRAY(kind))


def _written(instant: date | datetime) -> str:
    """:raises ValueError: a time without zone."""
    if isinstance(instant, datetime) and instant.tzinfo is None:
        raise ValueError("a time needs a zone")
    return instant.isoformat()


def new_ids(table: Table, number: int) -> Iterable[int]:
    """So many ids that no row of ``table`` has or will get otherwise. On SQLite the unit of work holds the write lock."""
    if db.session.get_bind().dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        return list(db.session.scalars(select(sequence).select_from(func.generate_series(1, number))))
    last = db.session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
    return range(last + 1, last + 1 + number)
