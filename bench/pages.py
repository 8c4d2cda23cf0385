"""``python -m bench.pages``: how long pages take on the server, in an organization where a lot has happened."""

import argparse
import re
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app.clock import now
from app.database import unit_of_work
from app.extensions import db
from app.services import users

from . import databases
from .rig import opened_app

EMAIL, PASSWORD = "owner@example.org", "a long password"
APPROVERS = 10
LIMIT = 50.0  # milliseconds

# Every statement counts from 1 to :count in ``n``.
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count) "
_FILL = {
    "apps": "INSERT INTO client (id, client_id, organization_id, name, client_type, scope, created_at, "
            "allows_query_credentials) "
            "SELECT n, 'app' || n, 1, 'App ' || n, 'confidential', 'UseRestApi', :now, true FROM numbers",
    "people": "INSERT INTO user_account (id, email, password_hash, created_at) "
              "SELECT n + 1, 'person' || n || '@example.org', '!', :now FROM numbers",
    "memberships": "INSERT INTO membership (organization_id, user_id, role, created_at) "
                   "SELECT 1, n + 1, CASE WHEN n < 10 THEN 'admin' ELSE 'member' END, :now FROM numbers",
    "connections": "INSERT INTO connection (id, organization_id, client_id, user_id, scope, approved_at) "
                   "SELECT n, 1, n % :apps + 1, n / :apps + 1, 'UseRestApi', :now FROM numbers",
    "use": "INSERT INTO usage (kind, credential_id, day, method_group, calls, last_used_at) "
           "SELECT 'connection', n / 10 + 1, :today, n % 10, n, :now FROM numbers",
    "keys": "INSERT INTO api_key (id, organization_id, user_id, label, prefix, fingerprint, scope, created_at) "
            "SELECT n, 1, 1, 'Key ' || n, 'uaa_key_' || n, CAST('key' || n AS {bytes}), 'UseEvents', :now FROM numbers",
    "audit events": "INSERT INTO audit_event (id, at, kind, organization_id, user_id, actor, address, subject, detail) "
                    "SELECT n + 1000, :now, CASE n % 50 WHEN 0 THEN 'connection_approved' WHEN 1 THEN 'api_key_made' "
                    "ELSE 'signed_in' END, 1, 1, 'person' || (n % 300) || '@example.org', '192.0.2.1', "
                    "'App ' || (n % 1000), CAST('{{\"client_id\": \"app' || (n % 1000) || '\"}}' AS {json}) FROM numbers",
}  # fmt: skip
PAGES = {
    "partner apps": "/settings/partner-apps",
    "partner apps, searched": "/settings/partner-apps?words=App+99",
    "partner app, numbers": "/settings/partner-apps/app1/numbers",
    "connected apps": "/settings/connected-apps",
    "connected apps, a later page": "/settings/connected-apps?before=5000",
    "connected apps, searched": "/settings/connected-apps?words=App+99",
    "connected apps, nothing found": "/settings/connected-apps?words=nothing+like+this",
    "one connected app": "/settings/connected-apps/5000",
    "API keys": "/settings/api-keys",
    "API keys, searched": "/settings/api-keys?words=Key+99",
    "members": "/settings/members",
    "members, searched": "/settings/members?words=person29",
    "security log": "/settings/security",
    "security log, a later page": "/settings/security?before=500000",
    "security log, one kind": "/settings/security?kind=api_key_made",
    "security log, a kind that never happened": "/settings/security?kind=app_deleted",
    "security log, searched": "/settings/security?words=person299",
    "security log, nothing found": "/settings/security?words=nothing+like+this",
    "security log, days before all": "/settings/security?until=2001-01-01",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="postgresql")
    parser.add_argument("--apps", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=1_000_000, help="audit events (1000000)")
    parser.add_argument("--times", type=int, default=15, help="how often each page is asked for (15)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        database = stack.enter_context(databases.opened(given.database, Path(folder)))
        app, _ = opened_app(stack, Path(folder), database.url)
        fill(app, apps=given.apps, connections=given.connections, events=given.events)
        print(f"### {database.title}: {given.apps:,} apps, {given.connections:,} connections, {given.events:,} events\n")
        print("| page | milliseconds | statements |\n|---|---:|---:|")
        browser = signed_in(app)
        slow = [name for name, address in PAGES.items() if measured(app, browser, name, address, given.times) > LIMIT]
    if slow:
        raise SystemExit(f"Above {LIMIT:.0f} ms: {', '.join(slow)}.")


def fill(app: Flask, *, apps: int, connections: int, events: int) -> None:
    """Put everything into one organization, whose owner can sign in."""
    counts = {
        "apps": apps, "people": 300, "memberships": 300, "connections": connections, "use": 10 * connections, "keys": 500,
        "audit events": events,
    }  # fmt: skip
    with app.app_context():
        with unit_of_work():
            users.create(email=EMAIL, password=PASSWORD, organization="Large shop")
        postgresql = db.engine.dialect.name == "postgresql"
        types = {"bytes": "bytea", "json": "json"} if postgresql else {"bytes": "blob", "json": "text"}
        for name, statement in _FILL.items():
            print(name, file=sys.stderr)
            values = {"count": counts[name], "apps": apps, "now": now(), "today": now().date()}
            query = _with_numbers(statement.format(**types))
            with db.engine.begin() as connection:
                connection.execute(text(query), {key: value for key, value in values.items() if f":{key}" in query})
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _with_numbers(statement: str) -> str:
    """The INSERT with what counts in front of its SELECT, where both databases want it."""
    return statement.replace("SELECT ", f"{_NUMBERS}SELECT ", 1)


def signed_in(app: Flask) -> FlaskClient:
    """A browser in which the owner is signed in."""
    browser = app.test_client()
    page = browser.get("/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page) or re.search(r'value="([^"]+)" ?name="csrf_token"', page)
    if token is None:
        raise SystemExit("The login page has no form.")
    answer = browser.post("/login", data={"email": EMAIL, "password": PASSWORD, "csrf_token": token[1]})
    if answer.status_code != 302:
        raise SystemExit(f"Signing in: {answer.status_code}.")
    return browser


def measured(app: Flask, browser: FlaskClient, name: str, address: str, times: int) -> float:
    """Print the page's line of the table; its median in milliseconds."""
    taken, statements = [], 0
    with app.app_context():
        engines = list(db.engines.values())

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    for _ in range(times + 2):
        statements, started = 0, time.perf_counter()
        answer = browser.get(address)
        taken.append(1000 * (time.perf_counter() - started))
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
    for engine in engines:
        event.remove(engine, "before_cursor_execute", count)
    middle = statistics.median(taken[2:])
    print(f"| {name} | {middle:.1f} | {statements} |", flush=True)
    return middle


if __name__ == "__main__":
    main()
