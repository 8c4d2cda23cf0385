"""The database: column types, engine options for SQLite and PostgreSQL, and the unit of work that doors open."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Table,
    UpdateBase,
    any_,
    bindparam,
    event,
    func,
    type_coerce,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from .errors import AppError
from .extensions import db

READ_BIND = "read"
# With a PostgreSQL that has vanished without a word, as one does whose machine fails; the system's own is 15 minutes.
_PATIENCE = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 20_000,  # milliseconds
    "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3,
}  # fmt: skip
_writes: ContextVar[bool] = ContextVar("writes", default=False)
Id = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, read with its zone. A time without zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables, with predictable constraint names so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def engine_options(url: str, *, threads: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of the engine that writes and of the one that only reads.

    The reader is in AUTOCOMMIT and its pool doesn't roll back: a guarded call is a single SELECT, and a BEGIN and
    ROLLBACK around it would double its cost.

    :param threads: threads of a worker process; each gets a connection of each kind.
    """
    # What people sent may be personal; an error in the log says where it happened, not with what.
    common: dict[str, Any] = {"pool_size": threads, "max_overflow": threads, "hide_parameters": True}
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        common["connect_args"] = {"timeout": 15, "check_same_thread": False}
    else:
        patience = {name: value for name, value in _PATIENCE.items() if name not in parsed.query}
        common |= {"pool_pre_ping": False, "pool_recycle": 1800, "connect_args": patience}
    # The reader's are kept by whoever runs statements close to the driver (``prepared``): nobody could wait for one of them.
    # There are as many as threads that read at the same time.
    return common, common | {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "max_overflow": -1}


def prepare_engine(engine: Engine, *, transactional: bool) -> None:
    """Set up an engine: on SQLite for several processes (write-ahead log, foreign keys, write locks taken at BEGIN), on
    PostgreSQL for values that are unlike the average."""
    if engine.dialect.name != "sqlite":
        if not transactional:
            event.listen(engine, "connect", _plan_for_values)
        return

    path = engine.url.database
    if path not in (None, "", ":memory:"):
        _stay_with_file(engine, path)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 15000"):
            connection.execute(f"PRAGMA {pragma}")
        if not transactional:
            # KiB, a quarter of the usual: every thread has such a connection, and the system keeps the file in memory too.
            connection.execute("PRAGMA cache_size = -512")

    if transactional:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A transaction that reads first and writes later fails at once when another writer came between:
            # units of work therefore take the write lock before they read.
            connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes.get() else "BEGIN")


def _plan_for_values(connection: Any, _: Any) -> None:
    # After some executions PostgreSQL plans a statement once for all values, as if each were an average one: it would look
    # for the rows of a rare tag among all others. Pages, of many small statements, are better off with that.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


class DatabaseFile:
    """The file of an SQLite database.

    A connection holds on to one that was moved away or deleted, and a new connection makes an empty one in its place: what
    is written then is lost, and both say that all is well.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def remember(self) -> None:
        """This is the one, from now on."""
        self._opened = self._opened or self._present()

    def check(self) -> None:
        """:raises sqlite3.OperationalError: it is not there any more, or there is another."""
        if self._opened is not None and self._present() != self._opened:
            from sqlite3 import OperationalError  # PostgreSQL does without

            raise OperationalError("the database file was taken away")

    def _present(self) -> tuple[int, int]:
        try:
            found = os.stat(self._path)
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino


_files: WeakKeyDictionary[Engine, DatabaseFile] = WeakKeyDictionary()


def file_of(engine: Engine) -> DatabaseFile | None:
    """The file of an engine that prepare_engine() has set up; None when its database is in none of ours."""
    return _files.get(engine)


def _stay_with_file(engine: Engine, path: str) -> None:
    file = _files[engine] = DatabaseFile(path)

    @event.listens_for(engine, "do_connect")
    def make_no_other(*_: Any) -> None:
        file.check()

    @event.listens_for(engine, "connect")
    def remember(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA schema_version")  # makes the file when there is none yet
        file.remember()

    @event.listens_for(engine, "checkout")
    def check(*_: Any) -> None:
        file.check()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit what happens inside as one, or nothing of it. Doors open one; rules never commit.

    Rows that were read before are read again inside, so that a rule decides on the present state.
    """
    # A session, and with it a transaction, is made by the first rule that needs one. The token endpoint mostly doesn't.
    if db.session.registry.has():
        db.session.rollback()
    before = _writes.set(True)
    try:
        yield
        _commit()
    except AppError as error:
        if error.keeps_changes:
            _commit()
        db.session.rollback()
        raise
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writes.reset(before)


def _commit() -> None:
    if db.session.registry.has():
        db.session.commit()


def reading() -> Connection:
    """A connection for a single SELECT, without a transaction around it. Use as a context manager."""
    return db.engines[READ_BIND].connect()


def day_of(instant: ColumnElement[datetime]) -> ColumnElement[date]:
    """The day in UTC of a column of instants."""
    if db.session.get_bind().dialect.name == "postgresql":
        return cast_to(func.timezone("UTC", instant), Date)
    return type_coerce(func.date(instant), Date)


def upsert(table: Any, dialect: str) -> Any:
    """An INSERT that can resolve conflicts (``on_conflict_do_update``), as ``dialect`` spells it."""
    return (sqlite_insert if dialect == "sqlite" else postgresql_insert)(table)


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """``column IN values``. PostgreSQL takes them as one array: a parameter each would be a new statement each time."""
    if db.session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))
    return column.in_(list(values))


def table_of(model: type[Base]) -> Table:
    """The table behind ``model``, for statements without the ORM on the paths that every call takes."""
    return cast(Table, model.__table__)


def changed(statement: UpdateBase, parameters: dict[str, Any] | None = None) -> int:
    """Execute an UPDATE or DELETE in the present unit of work; how many rows it changed."""
    result = cast("CursorResult[Any]", db.session.execute(statement, parameters))
    return result.rowcount
