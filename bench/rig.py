"""Everything of one database's measurement: the database with its data, the two servers, and the rounds."""

import os
import secrets
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from app import create_app, migrating
from app.extensions import db
from app.settings import load as load_settings

from . import data, databases, report, statements, wrk
from .data import Data
from .databases import Database
from .loads import Load
from .processes import Server, gunicorn
from .report import Line, Round

# Counting stays, refusing would end the measurement.
_LIMITS = ("GENERAL", "TOKEN")


@dataclass
class Rig:
    """Servers that are ready, and what was measured so far."""

    folder: Path
    database: Database
    app: Flask
    data: Data
    tokens: int
    loads: tuple[Load, ...]
    hello: Server
    plain_hello: Server
    server: Server
    hello_rounds: list[Round] = field(default_factory=list)
    plain_hello_rounds: list[Round] = field(default_factory=list)
    rounds: dict[str, list[Round]] = field(default_factory=dict)

    @classmethod
    def set_up(cls, stack: ExitStack, folder: Path, *, database: str, tokens: int, loads: tuple[Load, ...]) -> "Rig":
        """Start and fill everything; ``stack`` ends it."""
        opened = stack.enter_context(databases.opened(database, folder))
        app, environment = opened_app(stack, folder, opened.url)
        with app.app_context():
            key = app.extensions["oauth_server"].lifetimes.keys[0]
            filled = data.fill(db.engine, tokens, refresh_key=key)
        served = tuple(load for load in loads if _is_served(app, load))
        return cls(
            folder=folder, database=opened, app=app, data=filled, tokens=tokens, loads=served,
            hello=stack.enter_context(_bare(folder / "hello", environment)),
            plain_hello=stack.enter_context(_bare(folder / "plain-hello", environment | {"BENCH_WORKER_CLASS": "gthread"})),
            server=stack.enter_context(
                gunicorn("wsgi:app", configuration="gunicorn.conf.py", environment=environment, folder=folder / "app",
                         path="/readyz")
            ),
        )  # fmt: skip

    def run_round(self, *, seconds: int) -> None:
        """Each load once, after the bare answers, for ``seconds``."""
        before, plain_before = self.hello.cpu_seconds(), self.plain_hello.cpu_seconds()
        hello = wrk.run(f"{self.hello.address}/", script="same.lua", seconds=seconds)
        plain = wrk.run(f"{self.plain_hello.address}/", script="same.lua", seconds=seconds)
        self.hello_rounds.append(Round(hello, hello.rate, plain.rate, self.hello.cpu_seconds() - before, 0.0))
        self.plain_hello_rounds.append(
            Round(plain, hello.rate, plain.rate, self.plain_hello.cpu_seconds() - plain_before, 0.0)
        )
        for load in self.loads:
            supplies = load.write_supplies(self.data, hello.requests, self.folder)
            workers, database = self.server.cpu_seconds(), self.database.cpu_seconds()
            try:
                figures = wrk.run(self.server.address + load.path, script=load.script, seconds=seconds, supplies=supplies)
            except wrk.Failed as error:
                raise SystemExit(f"{load.name}: {error}\n{self.server.complaints()}") from error
            workers, database = self.server.cpu_seconds() - workers, self.database.cpu_seconds() - database
            self.rounds.setdefault(load.name, []).append(Round(figures, hello.rate, plain.rate, workers, database))

    def report(self) -> str:
        """The table."""
        lines = [
            Line(load.name, load.goals.get(self.database.name), statements.count(self.app, self.database, load, self.data),
                 self.rounds[load.name])
            for load in self.loads
        ]  # fmt: skip
        bare = (
            Line("bare Flask", None, 0, self.hello_rounds),
            Line("bare Flask, gunicorn's worker", None, 0, self.plain_hello_rounds),
        )
        return report.show(self.database, self.tokens, self.server, [*bare, *lines])


def _bare(folder: Path, environment: dict[str, str]) -> AbstractContextManager[Server]:
    return gunicorn(
        "bench.hello:app", configuration="bench/gunicorn_hello.py", environment=environment, folder=folder, path="/"
    )


def opened_app(stack: ExitStack, folder: Path, database_url: str) -> tuple[Flask, dict[str, str]]:
    """The application on a migrated database, and the variables by which a server runs on the same; ``stack`` ends it."""
    environment = {
        "UAA_INSTANCE_PATH": str(folder / "instance"),
        "UAA_DATABASE_URL": database_url,
        "UAA_SECRET_KEY": secrets.token_hex(32),
        **{f"UAA_RATE_LIMIT_{limit}": "1000000000/minute" for limit in _LIMITS},
    }
    os.environ.update(environment)
    app = create_app(load_settings(log_level="WARNING"))
    stack.callback(_close, app)
    with app.app_context():
        migrating.upgrade()
    return app, environment


def _close(app: Flask) -> None:
    app.extensions["tally_writer"].close()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _is_served(app: Flask, load: Load) -> bool:
    return any(rule.rule == load.path for rule in app.url_map.iter_rules())
