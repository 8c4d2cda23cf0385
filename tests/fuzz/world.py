"""A small product with something of everything in it, to which any request can be sent, and which is put back afterwards."""

import io
import json
import re
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Protocol

import psycopg
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from app.api.endpoint import ENDPOINTS, Endpoint
from app.extensions import db
from tests.support.partner_app import AUTHORIZE
from tests.support.sites import Site

# What may be written though a request is refused: that it was, and how often calls are made.
LOGS = {"audit_event", "client_event", "usage", "alembic_version"}
SETTINGS = {
    "log_level": "ERROR", "rate_limit_login": "1000000/minute", "rate_limit_token": "1000000/minute",
    "rate_limit_general": "1000000/minute", "rate_limit_import": "1000000/minute", "rate_limit_send": "1000000/minute",
    "event_deletion": "true",
}  # fmt: skip
INTERNALS = re.compile(r"Traceback \(most|werkzeug\.|sqlalchemy|/site-packages/|psycopg|sqlite3|pydantic", re.IGNORECASE)

Tables = dict[str, list[Any]]


@dataclass(frozen=True)
class Request:
    """A request as it stands on the wire: bytes, whatever they are."""

    method: str
    path: bytes
    query: bytes = b""
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    who: str = "nobody"

    def __str__(self) -> str:
        def cut(part: bytes) -> str:
            return repr(part if len(part) < 200 else part[:120] + b"...(%d)" % len(part))

        return (
            f"{self.method} {cut(self.path)} query={cut(self.query)} body={cut(self.body)} as {self.who}"
            f" {self.content_type!r} { ({k: v[:80] for k, v in self.headers.items()}) }"
        )


class Store(Protocol):
    """The database as it was at the beginning, and ways to see and undo what was done to it."""

    def tables(self) -> Tables: ...
    def is_touched(self) -> bool: ...
    def restore(self, names: Collection[str]) -> None: ...
    def close(self) -> None: ...


class SqliteStore:
    def __init__(self, site: Site) -> None:
        with site.app.app_context():
            path = str(db.engine.url.database)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._at_first = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.backup(self._at_first)
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._names = sorted({name for (name,) in names if not name.startswith("sqlite_")} - LOGS)
        self._version = self._data_version()

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def is_touched(self) -> bool:
        before, self._version = self._version, self._data_version()
        return before != self._version

    def tables(self) -> Tables:
        return {name: self._connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall() for name in self._names}

    def restore(self, names: Collection[str]) -> None:
        self._at_first.backup(self._connection)
        self._version = self._data_version()

    def close(self) -> None:
        self._connection.close()
        self._at_first.close()


class PostgresStore:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        found = self._connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        self._names = sorted({name for (name,) in found} - LOGS)
        self._connection.execute("CREATE SCHEMA at_first")
        for name in self._names:
            self._connection.execute(f'CREATE TABLE at_first."{name}" AS TABLE public."{name}"')
        # Foreign keys don't matter to a replica, so that tables are put back in any order.
        self._connection.execute("SET session_replication_role = replica")
        self._last_writer = self._newest_writer()

    def _newest_writer(self) -> str:
        """The number of the transaction that will be the next to write."""
        found = self._connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        assert found is not None
        return str(found[0])

    def is_touched(self) -> bool:
        before, self._last_writer = self._last_writer, self._newest_writer()
        return before != self._last_writer

    def tables(self) -> Tables:
        return {
            name: self._connection.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1').fetchall() for name in self._names
        }

    def restore(self, names: Collection[str]) -> None:
        for name in names:
            self._connection.execute(f'DELETE FROM public."{name}"')
            self._connection.execute(f'INSERT INTO public."{name}" SELECT * FROM at_first."{name}"')
        self._last_writer = self._newest_writer()

    def close(self) -> None:
        self._connection.close()


class World:
    """:param store: of the site's database; made after everything is there."""

    def __init__(self, site: Site, store: Callable[[], Store]) -> None:
        self.site, self.app = site, site.app
        self.app.config["WTF_CSRF_ENABLED"] = False  # otherwise no form is ever read
        self._inhabit()
        self._store = store()
        self._before = self._store.tables()

    def _inhabit(self) -> None:
        owner = self.site.owner()
        developed = self.site.partner_app(organization=owner.organization, name="Developed here")
        self.partner = self.site.partner_app(name="Partner")
        self.public = self.site.partner_app(public=True, name="Public", callback_urls=["http://127.0.0.1/callback"])
        self.tokens = self.partner.connect(owner)
        self.code = self.partner.code_from(owner, prompt="consent")
        self.key = self.site.api_key(owner.organization)
        self.cookie = "; ".join(f"{name}={value}" for name, value in owner.browser.cookies.items())
        self.developed = developed
        for number in range(3):
            body = {"channels": [{"type": "email", "value": f"ann{number}@example.org"}], "groups": [{"name": "Friends"}]}
            saved = self.site.post("/api/v1/contact", json=body, headers={"Authorization": f"Bearer {self.key}"})
            assert saved.status == 200, saved.text

    @cached_property
    def rules(self) -> list[Rule]:
        return sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule)

    def headers_of(self, who: str) -> dict[str, str]:
        """How ``who`` shows who they are."""
        basic = b64encode(f"{self.partner.client_id}:{self.partner.secret}".encode()).decode()
        return {
            "nobody": {},
            "owner": {"Cookie": self.cookie},
            "key": {"Authorization": f"Bearer {self.key}"},
            "app": {"Authorization": f"Bearer {self.tokens.access_token}"},
            "client": {"Authorization": f"Basic {basic}"},
        }[who]

    def send(self, request: Request) -> Response:
        """The response to ``request``, as gunicorn would hand it to the application."""
        environ = create_environ() | {
            "REQUEST_METHOD": request.method,
            "wsgi.input": io.BytesIO(request.body),
            "PATH_INFO": request.path.decode("latin-1"),
            "QUERY_STRING": request.query.decode("latin-1"),
            "CONTENT_LENGTH": str(len(request.body)),
        }
        host, _, port = self.site.url.partition("://")[2].partition(":")
        environ |= {"HTTP_HOST": f"{host}:{port}", "SERVER_NAME": host, "SERVER_PORT": port or "80"}
        if request.content_type is not None:
            environ["CONTENT_TYPE"] = request.content_type
        for name, value in (self.headers_of(request.who) | request.headers).items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return Response(*run_wsgi_app(self.app, environ, buffered=True))

    def problem_with(self, request: Request) -> str | None:
        """What is wrong with the answer to ``request``, in words; None when it is as it has to be."""
        response = self.send(request)
        try:
            return self._problem(request, response)
        finally:
            response.close()

    def _problem(self, request: Request, response: Response) -> str | None:
        status, text = response.status_code, response.get_data(as_text=True)
        changed = self._what_changed()
        if status >= 500:
            return f"{status}"
        if INTERNALS.search(text) and not request.path.startswith((b"/docs", b"/openapi", b"/static")):
            return f"{status} shows the inside: {text[:200]}"
        if changed and (status >= 400 or request.method in ("GET", "HEAD", "OPTIONS")) and not self._may_change(request):
            return f"{status}, but it changed {changed}"
        return _error_problem(request, response, text) if status >= 400 and request.method != "HEAD" else None

    def _what_changed(self) -> list[str]:
        if not self._store.is_touched():
            return []
        now = self._store.tables()
        changed = [name for name, rows in now.items() if rows != self._before[name]]
        if changed:
            self._store.restore(changed)
        return changed

    def _may_change(self, request: Request) -> bool:
        """An authorize link of an app that holds what it asks for is answered with a code, without a page."""
        return request.path.startswith(AUTHORIZE.encode()) and request.who == "owner"

    def close(self) -> None:
        self._store.close()


def _error_problem(request: Request, response: Response, text: str) -> str | None:
    status, kind = response.status_code, response.mimetype
    if request.path.startswith(
        (b"/api/", b"/uaa/oauth/token", b"/uaa/oauth/revoke", b"/uaa/oauth/introspect", b"/.well-known/")
    ):
        if kind != "application/json":
            return f"{status} as {kind}"
        body = json.loads(text)
        if not body.get("error"):
            return f"{status} without an error code"
        if request.path.startswith(b"/api/"):
            if body.get("status") != status or not body.get("detail") or body.get("message") != body["detail"]:
                return f"{status} of another shape: {text[:200]}"
            return None
        return None if body.get("error_description") else f"{status} without a description"
    if kind == "text/html" and not re.search(r"<h1[ >]", text):
        return f"{status} without a heading"
    return None if len(text) > 20 else f"{status} without words: {text!r}"


@cache
def form_fields() -> list[str]:
    """Every name that a form or an address of the pages and the authorization server may have, as far as it can be seen."""
    from flask_wtf import FlaskForm

    from app.oauth import authorization_request, token_request
    from app.settings import ROOT

    names = {*authorization_request.ONCE, *token_request.KNOWN, "resource", "next", "decision", "organization"}
    for path in (*(ROOT / "templates").rglob("*.html"), *(ROOT / "app" / "pages").rglob("*.py")):
        names.update(re.findall(r"""(?:name="|(?:form|args)(?:\.get|\.getlist)?[\[(]")([a-z_]+)""", path.read_text()))
    for form in _descendants(FlaskForm):
        names.update(name for name in dir(form) if getattr(getattr(form, name, None), "field_class", None))
    return sorted(names)


def _descendants(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def endpoint_of(rule: Rule) -> Endpoint | None:
    """The API method behind ``rule``."""
    name = rule.endpoint.removeprefix("api.").partition(":")[0]
    return next((endpoint for endpoint in ENDPOINTS if endpoint.name == name), None)


@contextmanager
def sqlite_world(app: Flask) -> Iterator[World]:
    site = Site(app)
    with closing(World(site, lambda: SqliteStore(site))) as world:
        yield world


@contextmanager
def postgres_world(app: Flask, url: str) -> Iterator[World]:
    site = Site(app)
    with closing(World(site, lambda: PostgresStore(url))) as world:
        yield world
