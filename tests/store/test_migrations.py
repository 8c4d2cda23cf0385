"""The migrations make just what the models say, on both databases, and can be taken back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, inspect

from app import (
    migrating,
    models,  # noqa: F401  (importing the tables registers them)
)
from app.database import Base
from app.extensions import db
from app.settings import ROOT
from tests.support.apps import dispose, open_app
from tests.support.databases import Postgres
from tests.support.sites import Site

FACTS = ("columns", "pk_constraint", "unique_constraints", "check_constraints", "foreign_keys", "indexes")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has no tables yet."""
    url = ""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database(template="template1")
    app = open_app(tmp_path, database_url=url)
    yield app
    dispose(app)
    if url:
        postgres.drop(url)


def schema_of(engine: Engine) -> dict[str, Any]:
    """All that the database says of its tables, in a form that can be compared."""
    inspector = inspect(engine)
    tables: dict[str, dict[str, Any]] = {name: {} for name in inspector.get_table_names() if name != "alembic_version"}
    for fact in FACTS:
        for (_, table), found in getattr(inspector, f"get_multi_{fact}")().items():
            if table in tables:
                tables[table][fact] = _plain(found)
    return tables


def _plain(fact: Any) -> Any:
    if isinstance(fact, dict):
        return {key: _plain(value) for key, value in fact.items() if key != "comment"}
    if isinstance(fact, list | tuple):
        # The order of columns in a table differs when one was added later; that of an index's columns counts.
        plain = [_plain(item) for item in fact]
        return sorted(plain, key=str) if any(isinstance(item, dict) for item in plain) else plain
    return " ".join(str(fact).split())


def test_migrated_tables_equal_the_models(any_app: Flask) -> None:
    with any_app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize(("any_app", "empty_app"), [("sqlite", "sqlite"), ("postgresql", "postgresql")], indirect=True)
def test_constraints_and_indexes_equal_the_models_too(any_app: Flask, empty_app: Flask) -> None:
    """Compared with tables made from the models: Alembic's comparison sees neither checks nor partial indexes."""
    with empty_app.app_context():
        Base.metadata.create_all(db.engine)
        wanted = schema_of(db.engine)
    with any_app.app_context():
        migrated = schema_of(db.engine)
    assert sorted(migrated) == sorted(wanted)
    for table in wanted:
        for fact in FACTS:
            assert migrated[table][fact] == wanted[table][fact], f"{fact} of {table}"


def test_everything_can_be_taken_back_and_made_again_with_data_in_it(any_app: Flask) -> None:
    site = Site(any_app)
    site.partner_app().connect(site.owner())
    site.api_key("Shop")
    migrating.prepare(any_app)
    with any_app.app_context():
        db.session.remove()
        before = schema_of(db.engine)
        flask_migrate.downgrade(revision="base")
        assert schema_of(db.engine) == {}
        flask_migrate.upgrade()
        assert schema_of(db.engine) == before
    assert site.partner_app().connect(site.owner()).status == 200


def test_each_migration_can_be_taken_back_alone(any_app: Flask) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrating.newest()]
    migrating.prepare(any_app)
    with any_app.app_context():
        after = {"head": schema_of(db.engine)}
        for script in scripts.walk_revisions():
            flask_migrate.downgrade(revision=script.down_revision or "base")
            after[script.revision] = schema_of(db.engine)
        for script in reversed(list(scripts.walk_revisions())):
            assert schema_of(db.engine) == after[script.revision]
            flask_migrate.upgrade(revision=script.revision)
        assert schema_of(db.engine) == after["head"]


def test_a_server_without_its_migrations_is_alive_but_not_ready(empty_app: Flask) -> None:
    site = Site(empty_app)
    assert site.get("/healthz").status == 200
    answer = site.get("/readyz")
    assert answer.status == 503
    assert "db upgrade" in answer.json["problems"][0]
    with empty_app.app_context():
        migrating.upgrade()
    assert site.get("/readyz").status == 200


def test_a_server_whose_database_is_gone_says_so_in_each_doors_language(
    postgres: Postgres, make_app: Callable[..., Flask]
) -> None:
    url = postgres.new_database()
    app = make_app(database_url=url)
    site = Site(app)
    owner, partner_app = site.owner(), site.partner_app()
    tokens = partner_app.connect(owner)
    postgres.drop(url)
    assert site.get("/healthz").status == 200
    assert site.get("/readyz").status == 503
    page = owner.browser.send("GET", "/settings/connected-apps")
    assert (page.status, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    call = partner_app.version(tokens)
    assert (call.status, call.json["status"]) == (503, 503)
    assert "Retry-After" in call.headers
    refused = partner_app.refresh(tokens)
    assert (refused.status, refused.error) == (503, "temporarily_unavailable")
