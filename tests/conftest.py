"""Fixtures that every test may use. The people and programs that they hand out are described in `support`.

In this process:  `app`, `pg_app`, `any_app` (both databases), `make_app(**settings)`; as a `Site`: `site`, `any_site`;
                  on `site`: `owner`, `partner_app`.
On real gunicorn: `server`, `pg_server` (shared, so make organizations and apps of your own), `start_server(**settings)`;
                  as a `Site`: `live_site`, `live_pg_site`, `any_live_site`.
Settings of `app` and its like: `@pytest.mark.settings(refresh_grace=5)`. Time in this process: `clock.advance(seconds=61)`.
"""

import compileall
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app import clock as product_clock
from app.settings import ROOT

from .support.apps import compile_addresses_once, dispose, hash_cheaply, open_app
from .support.databases import Postgres, SqliteTemplate
from .support.owner import Owner
from .support.partner_app import PartnerApp
from .support.servers import Server
from .support.sites import Site

# What the shell sets must not reach the applications; UAA_REQUIRE_BROWSER and UAA_REQUIRE_NODE are meant for the tests.
for _name in [name for name in os.environ if name.startswith("UAA_") or name == "PORT"]:
    if not _name.startswith("UAA_REQUIRE_"):
        del os.environ[_name]
hash_cheaply()
compile_addresses_once()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "settings(**settings): settings of the application that this test uses")
    if not hasattr(config, "workerinput"):
        # Where Python keeps no bytecode by itself, each of the many processes would compile the application anew.
        compileall.compile_dir(ROOT / "app", quiet=2)


def pytest_collection_finish() -> None:
    """What is there by now stays: to look through it for garbage again and again is a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: a third of the time goes by in waiting for servers and browsers."""
    return (os.cpu_count() or 1) * 3 // 2 or 1


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this pytest process; `postgres.new_database()` makes a migrated database."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def pg_url(postgres: Postgres) -> Iterator[str]:
    """The address of a new, migrated PostgreSQL database."""
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def clock() -> Iterator[SimpleNamespace]:
    """The product's clock in this process: `clock.advance(seconds=61)`, `clock.now()`."""
    product_clock.reset()
    yield SimpleNamespace(advance=product_clock.advance, now=product_clock.now)
    product_clock.reset()


@pytest.fixture
def marked_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What `@pytest.mark.settings(...)` says, the nearest first."""
    settings: dict[str, Any] = {}
    for marker in request.node.iter_markers("settings"):
        settings = marker.kwargs | settings
    return settings


@pytest.fixture
def instances() -> Iterator[Path]:
    """A place for instance folders: in memory where that can be, and gone after the test."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="uaa-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def make_app(
    instances: Path, sqlite_template: SqliteTemplate, marked_settings: dict[str, Any]
) -> Iterator[Callable[..., Flask]]:
    """Makes applications in this process, each on a new SQLite database unless `database_url` is given."""
    opened: list[Flask] = []

    def make(**settings: Any) -> Flask:
        instance_path = instances / f"instance-{len(opened)}"
        instance_path.mkdir()
        if not settings.get("database_url"):
            sqlite_template.copy_to(instance_path)
        opened.append(open_app(instance_path, **marked_settings | settings))
        return opened[-1]

    yield make
    for app in opened:
        dispose(app)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def pg_app(make_app: Callable[..., Flask], postgres: Postgres) -> Iterator[Flask]:
    url = postgres.lend()
    app = make_app(database_url=url)
    yield app
    dispose(app)
    postgres.take_back(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_app(request: pytest.FixtureRequest) -> Flask:
    app: Flask = request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")
    return app


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """The product in this process, on SQLite."""
    yield from _site(app)


@pytest.fixture
def any_site(any_app: Flask) -> Iterator[Site]:
    """The product in this process, on both databases."""
    yield from _site(any_app)


def _site(app: Flask, address: str | None = None) -> Iterator[Site]:
    site = Site(app, address)
    yield site
    site.close()


@pytest.fixture
def owner(site: Site) -> Owner:
    """The owner of an organization, not signed in yet."""
    return site.owner()


@pytest.fixture
def partner_app(site: Site) -> PartnerApp:
    """A confidential app with the right to everything."""
    return site.partner_app()


@pytest.fixture(scope="session")
def start_server(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate
) -> Iterator[Callable[..., Server]]:
    """Starts real servers, each on a new SQLite database unless `database_url` is given; they stop at the end."""
    started: list[Server] = []

    def start(**settings: Any) -> Server:
        instance_path = tmp_path_factory.mktemp("server")
        if not settings.get("database_url"):
            sqlite_template.copy_to(instance_path)
        started.append(Server(instance_path, **settings))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server]) -> Server:
    """A live gunicorn on SQLite, shared by the tests of this pytest process."""
    return start_server()


@pytest.fixture(scope="session")
def pg_server(start_server: Callable[..., Server], postgres: Postgres) -> Server:
    """A live gunicorn on PostgreSQL, shared by the tests of this pytest process."""
    return start_server(database_url=postgres.new_database())


@pytest.fixture
def site_of() -> Iterator[Callable[[Server], Site]]:
    """Makes a `Site` of a live server."""
    opened: list[Site] = []

    def make(server: Server) -> Site:
        settings = server.settings | {"secret_key": str(server.settings["secret_key"])}
        instance_path = Path(str(settings.pop("instance_path")))
        opened.append(Site(open_app(instance_path, **settings), server.url))
        return opened[-1]

    yield make
    for site in opened:
        site.close()
        dispose(site.app)


@pytest.fixture
def live_site(server: Server, site_of: Callable[[Server], Site]) -> Site:
    """A live gunicorn on SQLite."""
    return site_of(server)


@pytest.fixture
def live_pg_site(pg_server: Server, site_of: Callable[[Server], Site]) -> Site:
    """A live gunicorn on PostgreSQL."""
    return site_of(pg_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_live_site(request: pytest.FixtureRequest) -> Site:
    """A live gunicorn, on both databases."""
    site: Site = request.getfixturevalue("live_site" if request.param == "sqlite" else "live_pg_site")
    return site
