"""When the database is locked, gone or not migrated: 503 with Retry-After at every door, and never a false success."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from app import drivers
from app.extensions import db
from tests.support.answers import Answer
from tests.support.databases import Postgres
from tests.support.sites import Site


def assert_unavailable(answer: Answer, shape: str) -> None:
    assert answer.status == 503, (answer.address, answer.status, answer.text[:300])
    assert int(answer.headers["Retry-After"]) > 0
    assert shape in answer.headers["Content-Type"]
    if shape == "json":
        assert answer.json["error"] in ("unavailable", "temporarily_unavailable")
    assert "sqlite" not in answer.text.lower()


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Another program holds the one write lock of SQLite, and the server has no patience."""

    def give_up_soon(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    with site.app.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "connect", give_up_soon)
        engine.dispose()  # of connections with patience, wherever they are kept
    holder = sqlite3.connect(str(engines[0].url.database), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with patch.object(drivers, "PATIENCE", 0.05):
            yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()
        for engine in engines:
            event.remove(engine, "connect", give_up_soon)
            engine.dispose()


def test_who_finds_the_database_locked_waits_for_a_while(site: Site) -> None:
    app = site.partner_app()
    tokens = app.connect(site.owner())
    with site.app.app_context():
        path = str(db.engine.url.database)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, holder.execute, ["ROLLBACK"])
    release.start()
    assert app.refresh(tokens).status == 200
    release.join()
    holder.close()


def test_a_locked_database_fails_loudly_and_spends_nothing(site: Site) -> None:
    app, owner = site.partner_app(), site.owner()
    tokens, other = app.connect(owner), app.connect(owner)
    code = app.code_from(owner)
    page = owner.open_consent(app.authorize_link(prompt="consent"))
    login = owner.new_browser()
    login_page = login.get("/login").form().fill(email=owner.email, password=owner.password)
    auth = (app.client_id, app.secret or "")
    with locked(site):
        assert_unavailable(app.refresh(tokens).answer, "json")
        assert_unavailable(app.exchange(code).answer, "json")
        assert_unavailable(site.post("/uaa/oauth/revoke", data={"token": other.refresh_token}, auth=auth), "json")
        assert_unavailable(owner.decide(page), "html")
        assert_unavailable(owner.decide(page, "deny"), "html")
        assert_unavailable(login.submit(login_page), "html")
        assert_unavailable(
            owner.browser.send("POST", "/logout", data={"csrf_token": page.form().values("csrf_token")}), "html"
        )
        key = site.send("POST", "/api/v1/contact", json={"channels": [{"type": "email", "value": "a@example.org"}]},
                        headers={"Authorization": f"Bearer {tokens.access_token}"})  # fmt: skip
        assert_unavailable(key, "json")
        assert app.version(tokens).status == 200, "reading goes on"
        facts = site.post("/uaa/oauth/introspect", data={"token": tokens.access_token}, auth=auth)
        assert facts.json["active"] is True
    assert app.refresh(tokens).status == 200
    assert app.exchange(code).status == 200
    assert app.version(other).status == 200
    assert "code" in owner.decide(page).parameters


def test_a_locked_database_does_not_keep_an_error_from_being_told(site: Site) -> None:
    """The event log can't be written, but the answer is the right one."""
    app, owner = site.partner_app(), site.owner()
    tokens = app.connect(owner)
    with locked(site):
        assert app.ask({"grant_type": "password"}).error == "unsupported_grant_type"
        assert app.refresh(tokens.refresh_token[:-1] + "x").error == "invalid_grant"
        assert app.refresh(tokens, scope="nonsense").error == "invalid_scope"
        assert owner.get(app.authorize_link(redirect_uri="https://evil.example/")).status == 400


def everything_is_unavailable(site: Site) -> None:
    """At each door, with credentials that look genuine."""
    credentials = {"client_id": "0" * 32, "client_secret": "uaa_cs_0"}
    program = [
        site.post("/uaa/oauth/token", data=credentials | {"grant_type": "refresh_token", "refresh_token": "x"}),
        site.post("/uaa/oauth/token", data=credentials | {"grant_type": "authorization_code", "code": "x"}),
        site.post("/uaa/oauth/revoke", data=credentials | {"token": "x"}),
        site.post("/uaa/oauth/introspect", data=credentials | {"token": "x"}),
    ]
    for answer in program:
        assert_unavailable(answer, "json")
    assert_unavailable(site.get("/uaa/oauth/authorize", params={"client_id": "0" * 32}), "html")
    visitor = site.visitor()
    form = visitor.send("GET", "/login").form().fill(email="somebody@example.org", password="a long password")
    assert_unavailable(visitor.send("POST", "/login", data=form.fields), "html")
    assert site.get("/readyz").status == 503
    assert site.get("/healthz").status == 200
    assert site.get("/.well-known/oauth-authorization-server").status == 200


def test_a_database_that_was_never_migrated(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    everything_is_unavailable(Site(make_app(database_url=f"sqlite:///{tmp_path / 'empty.db'}")))


def test_a_database_file_that_can_not_be_opened(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    everything_is_unavailable(Site(make_app(database_url=f"sqlite:///{tmp_path / 'no such folder' / 'uaa.db'}")))


def test_a_postgresql_database_that_was_never_migrated(make_app: Callable[..., Flask], postgres: Postgres) -> None:
    url = postgres.new_database(template="template1")
    everything_is_unavailable(Site(make_app(database_url=url)))
    postgres.drop(url)


def test_a_postgresql_server_that_does_not_answer(make_app: Callable[..., Flask]) -> None:
    everything_is_unavailable(Site(make_app(database_url="postgresql://nobody@127.0.0.1:1/nothing")))


def test_a_database_file_that_was_taken_away_and_brought_back(site: Site) -> None:
    """A connection that is open writes on into a file that nobody will find any more."""
    app, owner = site.partner_app(), site.owner()
    tokens = app.connect(owner)
    page = owner.open_consent(app.authorize_link(prompt="consent"))
    with site.app.app_context():
        file = Path(str(db.engine.url.database))
    away = file.rename(file.with_name("away.db"))
    for content in (None, b"", b"another"):
        if content is not None:
            file.write_bytes(content)
        assert_unavailable(app.version(tokens), "json")
        assert_unavailable(app.refresh(tokens).answer, "json")
        assert_unavailable(owner.decide(page), "html")
        assert site.get("/readyz").status == 503
        assert file.exists() == (content is not None), "no empty one in its place"
    away.replace(file)
    assert app.refresh(tokens).status == 200
    assert "code" in owner.decide(page).parameters


def test_a_file_that_is_not_a_database(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is not an SQLite file at all " * 100)
    everything_is_unavailable(Site(make_app(database_url=f"sqlite:///{broken}")))


def end_connections(app: Flask) -> None:
    with psycopg.connect(app.config["SETTINGS"].database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                      " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip


@pytest.mark.parametrize("path", ["/api/v1/account/info", "/settings/connected-apps"])
def test_an_answer_that_is_ready_goes_out_though_the_database_has_gone(pg_app: Flask, path: str) -> None:
    site = Site(pg_app)
    app, owner = site.partner_app(), site.owner()
    tokens, finalize = app.connect(owner), pg_app.finalize_request

    def finalize_late(*arguments: Any, **more: Any) -> Any:
        answer = finalize(*arguments, **more)
        end_connections(pg_app)
        return answer

    with patch.object(pg_app, "finalize_request", finalize_late):
        answer = app.call(tokens, "GET", path) if path.startswith("/api") else owner.get(path)
    assert answer.status == 200
    # Of what is still unread in the pool, no more than one request learns.
    assert [owner.get("/settings/connected-apps").status for _ in range(3)][1:] == [200, 200]


def test_a_postgresql_that_went_away_and_came_back_is_used_again(pg_app: Flask) -> None:
    site = Site(pg_app)
    app = site.partner_app()
    tokens = app.connect(site.owner())
    end_connections(pg_app)
    first = app.version(tokens)
    assert first.status in (200, 503)
    answer = app.refresh(tokens)
    if answer.status == 503:
        assert_unavailable(answer.answer, "json")
        answer = app.refresh(tokens)
    assert answer.status == 200
    assert app.version(answer).status == 200


def test_a_postgresql_that_was_dropped(make_app: Callable[..., Flask], postgres: Postgres) -> None:
    url = postgres.new_database()
    site = Site(make_app(database_url=url))
    app = site.partner_app()
    tokens, owner = app.connect(site.owner()), site.owner()
    page = owner.open_consent(app.authorize_link())
    postgres.drop(url)
    for _ in range(2):
        assert_unavailable(app.version(tokens), "json")
        assert_unavailable(app.refresh(tokens).answer, "json")
        assert_unavailable(owner.decide(page), "html")
