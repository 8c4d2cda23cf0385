"""Threads that spend in PostgreSQL at the same time do so together: each gets its own, and nothing is spent twice."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from app.clock import now
from app.database import table_of
from app.extensions import db
from app.joining import Meeting
from app.models import ApiKey, Organization
from tests.support.apps import dispose
from tests.support.races import together
from tests.support.waiting import until

from .renaming import add_organizations, renaming

_organization, _key = table_of(Organization), table_of(ApiKey)
# It takes a moment.
_RENAME = renaming(
    owner="number", returning=[_organization.c.id.label("number"), func.pg_sleep(text("0.02")).label("slept")]
)
_NAMES = ["Shop", 'O\'Neil & "Sons"', "back\\slash", "{a,b}", "NULL", "Свіжа", "ab", "c"]


@pytest.fixture
def app(pg_app: Flask) -> Flask:
    """With an organization of each name, whose number is its place in the list."""
    add_organizations(pg_app, _NAMES)
    assert _spend(pg_app, "nobody's") is None
    return pg_app


def _spend(app: Flask, old: str, *, new: str = "", digest: bytes = b"") -> Any:
    """The number of the organization that was renamed, or what went wrong."""
    values = {"old": old, "new": new or f"new {old}", "digest": digest or os.urandom(32), "at": now()}
    with app.app_context():
        try:
            spent = _RENAME.run(values)
        except SQLAlchemyError as error:
            return error
    return spent and spent["number"]


def _present(app: Flask) -> tuple[list[str], list[tuple[int, str]]]:
    """The names of the organizations, and the keys: whose they are, and their labels."""
    with app.app_context(), db.engine.connect() as connection:
        names = list(connection.scalars(select(_organization.c.name).order_by(_organization.c.id)))
        keys = connection.execute(select(_key.c.organization_id, _key.c.label).order_by(_key.c.organization_id))
        return names, [(number, label) for number, label in keys]


def test_each_gets_its_own_and_what_follows_from_it(app: Flask) -> None:
    idle, taken = app.extensions["idle_connections"], []
    take = idle.take
    idle.take = lambda: (taken.append(None), take())[1]
    asked = [*_NAMES, "nobody's", "Shop ", "x" * 500]
    assert together(*(partial(_spend, app, name) for name in asked)) == [*range(1, len(_NAMES) + 1), None, None, None]
    renamed = [f"new {name}" for name in _NAMES]
    assert _present(app) == (renamed, list(enumerate(renamed, 1)))
    assert len(taken) < len(asked)


def test_of_those_who_spend_the_same_one_does(app: Flask) -> None:
    spent = together(*(partial(_spend, app, name, new=f"{name} {turn}") for turn in range(4) for name in ("Shop", "c")))
    assert sorted(spent, key=str) == [1, 8, *[None] * 6]
    names, keys = _present(app)
    assert keys == [(1, names[0]), (8, names[7])]


def test_what_is_impossible_for_one_harms_nobody_else(app: Flask) -> None:
    same = os.urandom(32)
    spent = together(*(partial(_spend, app, name, digest=same if name in ("ab", "c") else b"") for name in _NAMES),
                     partial(_spend, app, "NUL\0"))  # fmt: skip
    assert spent[:6] == [1, 2, 3, 4, 5, 6]
    refused, won = sorted(spent[6:8], key=lambda one: isinstance(one, int))
    assert isinstance(refused, IntegrityError)
    assert won in (7, 8)
    assert isinstance(spent[8], SQLAlchemyError)
    names, keys = _present(app)
    assert [number for number, _ in keys] == [1, 2, 3, 4, 5, 6, won]
    assert names[6 if won == 8 else 7] in ("ab", "c")


def _gather(app: Flask, pool: ThreadPoolExecutor, release: Connection, **digests: bytes) -> list[Future[Any]]:
    """Let threads spend ``_NAMES``: one waits for what ``release`` has locked, and the others come meanwhile."""
    release.execute(select(_organization).where(_organization.c.name == _NAMES[0]).with_for_update())
    late = [pool.submit(_spend, app, _NAMES[0])]
    until(lambda: _waiting(app) == 1, "nobody waits")
    late += [pool.submit(_spend, app, name, digest=digests.get(name, b"")) for name in _NAMES[1:]]
    (meeting,) = (one for one in app.extensions["idle_connections"]._meetings.values() if one._somebody_leads)
    until(lambda: len(meeting._waiting) == len(_NAMES) - 1, "they do not wait")
    release.rollback()
    return late


def _waiting(app: Flask) -> int:
    """How many statements wait for a lock."""
    locked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with app.app_context(), db.engine.connect() as connection:
        return connection.scalar(text(locked)) or 0


@pytest.fixture
def holders(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Connection]]:
    """Two transactions, and all the time that they want."""
    monkeypatch.setattr(Meeting, "PATIENCE", 60)
    with app.app_context(), db.engine.connect() as first, db.engine.connect() as second:
        yield [first, second]
        first.rollback()
        second.rollback()


def test_whose_row_is_locked_keeps_nobody_waiting(app: Flask, holders: list[Connection]) -> None:
    first, second = holders
    second.execute(select(_organization).where(_organization.c.name == "c").with_for_update())
    with ThreadPoolExecutor(len(_NAMES)) as pool:
        found = [one.result(30) for one in _gather(app, pool, first)]
    assert found == [*range(1, len(_NAMES)), None]


def test_what_may_have_happened_is_not_done_again(app: Flask, holders: list[Connection]) -> None:
    first, second = holders
    digest = os.urandom(32)
    second.execute(
        insert(_key).values(organization_id=8, label="x", prefix="x", fingerprint=digest, scope="x", created_at=now())
    )
    with ThreadPoolExecutor(len(_NAMES)) as pool:
        late = _gather(app, pool, first, c=digest)
        try:
            assert late[0].result(30) == 1
            until(lambda: _waiting(app) == 1, "nobody waits")
            second.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                " AND datname = current_database()"))  # fmt: skip
            assert all(isinstance(one.result(30), OperationalError) for one in late[1:])
        finally:
            second.rollback()
    assert _present(app) == (["new Shop", *_NAMES[1:]], [(1, "new Shop")])
    assert _spend(app, "c") == 8


def test_nothing_is_asked_twice_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meeting, "PATIENCE", 0.02)
    asked: list[int] = []

    def answer_late(questions: Sequence[int]) -> list[int]:
        asked.extend(questions)
        time.sleep(0.2)
        return [-question for question in questions]

    meeting = Meeting(answer_late, may_ask_again=lambda _: False)
    assert together(*(partial(meeting.ask, number) for number in range(12))) == [-number for number in range(12)]
    assert sorted(asked) == list(range(12))


def test_two_servers_that_spend_the_same_never_wait_for_each_other(app: Flask, make_app: Callable[..., Flask]) -> None:
    other = make_app(database_url=app.config["SETTINGS"].database_url)
    found: list[Any] = []

    def spend_in_turn(server: Flask, names: list[str], start: threading.Barrier) -> None:
        for turn in range(10):
            start.wait(60)
            found.extend(together(*(partial(_spend, server, _at(name, turn), new=_at(name, turn + 1)) for name in names)))

    try:
        barrier = threading.Barrier(2)
        together(
            partial(spend_in_turn, app, _NAMES, barrier), partial(spend_in_turn, other, list(reversed(_NAMES)), barrier)
        )
        assert sorted(one for one in found if one is not None) == sorted(list(range(1, len(_NAMES) + 1)) * 10)
        with app.app_context(), db.engine.connect() as connection:
            deadlocks = (
                "SELECT pg_stat_force_next_flush(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
            )
            assert connection.execute(text(deadlocks)).one()[1] == 0
    finally:
        dispose(other)


def _at(name: str, turn: int) -> str:
    return f"{name} {turn}" if turn else name
