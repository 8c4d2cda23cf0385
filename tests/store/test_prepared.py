"""The statements of the paths that every call takes keep their promises on both databases."""

import os
from datetime import UTC
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.clock import now
from app.database import table_of
from app.extensions import db
from app.models import ApiKey, Organization
from app.prepared import Query

from .renaming import renaming

_organization, _key = table_of(Organization), table_of(ApiKey)
_FIND = Query(select(_organization.c.name, _organization.c.created_at).where(_organization.c.id == bindparam("number")))
_RENAME = renaming(owner="owner", returning=[_organization.c.id])


@pytest.fixture
def values(any_app: Flask) -> Any:
    with any_app.app_context():
        db.session.execute(insert(_organization).values(id=1, name="Shop", created_at=now()))
        db.session.commit()
        yield {"old": "Shop", "new": "Store", "owner": 1, "digest": os.urandom(32), "at": now()}
        db.session.remove()


def _keys() -> int:
    return db.session.scalar(select(func.count()).select_from(_key)) or 0


def test_what_is_spent_and_what_follows_are_there_together(values: dict[str, Any]) -> None:
    assert _RENAME.run(values) == {"id": 1}
    assert _FIND.first({"number": 1})[0] == "Store"
    assert _keys() == 1


def test_nothing_follows_when_there_is_nothing_to_spend(values: dict[str, Any]) -> None:
    assert _RENAME.run(values | {"old": "Somebody else"}) is None
    assert _keys() == 0


def test_nothing_is_spent_when_what_follows_is_impossible(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        _RENAME.run(values | {"owner": 77})
    assert _FIND.first({"number": 1})[0] == "Shop"
    assert _RENAME.run(values)


def test_times_are_read_in_utc(values: dict[str, Any]) -> None:
    assert _FIND.first({"number": 1})[1].tzinfo is UTC


def test_a_row_that_is_not_there_is_none(values: dict[str, Any]) -> None:
    assert _FIND.first({"number": 2}) is None


def test_an_answer_is_there_again_after_the_database_has_restarted(pg_app: Flask) -> None:
    with pg_app.app_context():
        assert _FIND.first({"number": 1}) is None
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                               " AND datname = current_database()"))  # fmt: skip
        with pytest.raises(OperationalError):
            _FIND.first({"number": 1})
        assert _FIND.first({"number": 1}) is None
