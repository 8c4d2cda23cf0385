"""``python -m bench.storage``: what many refreshes leave behind in the database when no clean-up command is ever run."""

import argparse
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from json import loads
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import func, select, text

from app.database import Base, table_of, unit_of_work
from app.extensions import db
from app.models import AccessToken, AuthorizationCode, TokenFamily
from app.services import clients, codes, connections, users

from . import databases
from .data import CALLBACK, SCOPE
from .processes import gunicorn
from .rig import opened_app

TOKEN_TABLES: tuple[type[Base], ...] = (AuthorizationCode, TokenFamily, AccessToken)
CLIENT_THREADS = 8


@dataclass(frozen=True)
class Approval:
    """A connection whose code its app has not exchanged yet."""

    client_id: str
    secret: str
    code: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.storage", description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="postgresql")
    parser.add_argument("--connections", type=int, default=100, help="apps connected by their owners (100)")
    parser.add_argument("--refreshes", type=int, default=100_000, help="refreshes of all of them together (100000)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        database = stack.enter_context(databases.opened(given.database, Path(folder)))
        app, environment = opened_app(stack, Path(folder), database.url)
        approvals = approve(app, given.connections)
        server = stack.enter_context(
            gunicorn("wsgi:app", configuration="gunicorn.conf.py", environment=environment, folder=Path(folder) / "app",
                     path="/readyz")
        )  # fmt: skip
        times, started = given.refreshes // given.connections, time.monotonic()
        use_all(server.address, approvals, times=times)
        taken = time.monotonic() - started
        print(f"### {database.title}: {times * given.connections:,} refreshes on {given.connections:,} connections\n")
        print(f"Sent over HTTP within {taken:.0f} s. Neither `purge` nor any other command was run.\n")
        print(table(app))


def approve(app: Flask, count: int) -> list[Approval]:
    """Let one owner approve ``count`` apps."""
    approvals = []
    with app.app_context(), unit_of_work():
        user, membership = users.create(email="owner@example.org", password="a long password", organization="Shop")
        for number in range(count):
            client, secret = clients.register(
                membership.organization, name=f"App {number}", callback_urls=[CALLBACK], scope=SCOPE
            )
            connection = connections.open_(
                user=user, organization=membership.organization, client=client, asked=SCOPE, granted=SCOPE,
                ends_at=None,
            )  # fmt: skip
            code = codes.issue(
                connection, redirect_uri=CALLBACK, scope=SCOPE, code_challenge=None, resource=None, lifetime=600
            )
            approvals.append(Approval(client.client_id, secret or "", code))
    return approvals


def use_all(address: str, approvals: Sequence[Approval], *, times: int) -> None:
    """Exchange every code, and refresh each connection ``times`` times, with what the last refresh returned."""
    with ThreadPoolExecutor(CLIENT_THREADS) as pool:
        for number, _ in enumerate(pool.map(lambda approval: use(address, approval, times=times), approvals), 1):
            print(f"\r{number} of {len(approvals)} connections", end="", file=sys.stderr)
    print(file=sys.stderr)


def use(address: str, approval: Approval, *, times: int) -> None:
    http = HTTPConnection(urlsplit(address).netloc, timeout=60)
    token = _ask(http, approval, grant_type="authorization_code", code=approval.code, redirect_uri=CALLBACK)
    for _ in range(times):
        token = _ask(http, approval, grant_type="refresh_token", refresh_token=token)
    http.close()


def _ask(http: HTTPConnection, approval: Approval, **parameters: str) -> str:
    """The refresh token in the answer to one request of the token endpoint."""
    credentials = b64encode(f"{approval.client_id}:{approval.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
    http.request("POST", "/uaa/oauth/token", urlencode(parameters), headers)
    answer = http.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"The token endpoint answered {answer.status}: {body.decode(errors='replace')}")
    refresh_token: str = loads(body)["refresh_token"]
    return refresh_token


def table(app: Flask) -> str:
    """Rows and size of every table that tokens are kept in."""
    lines, total = ["| table | rows | size on disk |", "|---|---:|---:|"], 0
    with app.app_context():
        for model in TOKEN_TABLES:
            rows = db.session.scalar(select(func.count()).select_from(model)) or 0
            total += rows
            lines.append(f"| `{model.__tablename__}` | {rows:,} | {_size(model)} |")
    return "\n".join([*lines, f"| all | {total:,} | |"])


def _size(model: type[Base]) -> str:
    if db.engine.dialect.name != "postgresql":
        return ""
    size = db.session.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table_of(model).name})
    return f"{size / 1024:,.0f} KiB"


if __name__ == "__main__":
    main()
