"""Threads that look up the same kind of row in PostgreSQL at the same time do so together, and each gets its own."""

from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, case, func, select, text, true
from sqlalchemy.exc import SQLAlchemyError

from app.clock import now
from app.database import table_of
from app.extensions import db
from app.joining import Meeting
from app.models import Organization
from app.prepared import Query
from tests.support.races import together
from tests.support.waiting import until

from .renaming import add_organizations

_organization = table_of(Organization)
_FIND = Query(
    select(_organization.c.name, _organization.c.id, func.pg_sleep(text("0.05")))
    .where(_organization.c.name == bindparam("name"), _organization.c.created_at <= bindparam("now"))
)  # fmt: skip
# Of the first organization it waits for a lock.
_FIND_UNLOCKED = Query(
    select(_organization.c.name, _organization.c.id).where(
        _organization.c.name == bindparam("name"),
        case((_organization.c.id == 1, func.pg_advisory_xact_lock_shared(1).is_not(None)), else_=true()),
    )
)
_LONGEST = "x" * 120
_NAMES = ["Shop", 'O\'Neil & "Sons"', "back\\slash", "{a,b}", "", "NULL", "Свіжа", _LONGEST]


@pytest.fixture
def app(pg_app: Flask) -> Flask:
    """With an organization of each name, whose number is its place in the list."""
    add_organizations(pg_app, _NAMES)
    return pg_app


def _find(app: Flask, name: str, query: Query = _FIND) -> Any:
    with app.app_context():
        try:
            row = query.first({"name": name, "now": now()})
        except SQLAlchemyError as error:
            return error
    return row and row[:2]


def _find_together(app: Flask, names: list[str]) -> tuple[list[Any], int]:
    """What ``_FIND`` finds for each of ``names``, or its error, and how often it asked; the first takes some time."""
    _find(app, "nobody's")
    idle, taken = app.extensions["idle_connections"], []
    take = idle.take

    def counting() -> Any:
        taken.append(None)
        return take()

    idle.take = counting
    found = together(*(partial(_find, app, name) for name in names))
    del idle.take
    return found, len(taken)


def test_what_is_found_together_is_each_ones_own(app: Flask) -> None:
    asked = [*_NAMES, "nobody's", f"{_LONGEST}x", f"{_LONGEST} ", "Shop", "Shop "]
    found, times = _find_together(app, asked)
    assert found == [(name, _NAMES.index(name) + 1) if name in _NAMES else None for name in asked]
    assert times < len(asked)


def test_a_value_that_the_database_refuses_harms_nobody_else(app: Flask) -> None:
    asked = ["Shop", "NUL\0", *_NAMES, "NUL\0"]
    found, _ = _find_together(app, asked)
    assert [isinstance(one, SQLAlchemyError) for one in found] == ["\0" in name for name in asked]
    assert [one[0] for one in found if not isinstance(one, SQLAlchemyError)] == ["Shop", *_NAMES]
    assert _find(app, "Shop") == ("Shop", 1)


def test_all_are_served_again_after_the_database_has_restarted(app: Flask) -> None:
    _find_together(app, _NAMES)
    with app.app_context(), db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                           " AND datname = current_database()"))  # fmt: skip
    found, _ = _find_together(app, _NAMES)
    assert [one for one in found if not isinstance(one, SQLAlchemyError)]
    assert [_find(app, name) for name in _NAMES] == [(name, number) for number, name in enumerate(_NAMES, 1)]


def test_nobody_waits_for_one_that_is_stuck(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meeting, "PATIENCE", 0.1)
    stuck, *others = _NAMES
    _find(app, "nobody's", _FIND_UNLOCKED)
    with app.app_context(), db.engine.connect() as holder, ThreadPoolExecutor(len(_NAMES)) as pool:
        holder.execute(text("SELECT pg_advisory_xact_lock(1)"))
        late = pool.submit(_find, app, stuck, _FIND_UNLOCKED)
        try:
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            until(lambda: bool(holder.scalar(text(waiting))), "it is not stuck")
            found = [pool.submit(_find, app, name, _FIND_UNLOCKED) for name in others]
            assert not wait(found, timeout=10).not_done
            assert not late.done()
        finally:
            holder.rollback()
    assert [one.result() for one in found] == [(name, number) for number, name in enumerate(others, 2)]
    assert late.result() == (stuck, 1)
