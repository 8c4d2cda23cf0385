"""No read method of the API reads through a large table: each statement that it runs finds its rows by an index."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.pq import Format
from sqlalchemy import event, select, text

from app.api.endpoint import ENDPOINTS
from app.clock import now
from app.database import reading, table_of
from app.extensions import db
from app.models import Activity
from app.postgres import PostgresForm
from app.services import remembered
from bench import crowd, reads
from bench.crowd import Sizes
from tests.support.sites import Site

# Those that grow with an organization's use; of everything else there is little.
_activity = table_of(Activity)
LARGE = {
    "activity", "activity_span", "api_key", "contact", "contact_channel", "delivery", "event", "field_value",
    "imported_contact", "segment_member", "shop_order", "unsubscribed_address",
}  # fmt: skip
SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
Ran = list[tuple[Any, Any, Any]]
# What others have. Without it an index over everything would be as good as one of each organization.
OTHERS = (
    "INSERT INTO contact (id, organization_id, address_book_id, created_at, updated_at) "
    "SELECT 1000000 + n, %(other)s, (SELECT min(id) FROM address_book), now(), now() - n * interval '1 second' "
    "FROM {numbers}",
    "INSERT INTO contact_channel (organization_id, contact_id, type, value, created_at) "
    "SELECT %(other)s, 1000000 + n, 'email', 'somebody' || n || '@example.org', now() FROM {numbers}",
    "INSERT INTO segment (organization_id, name, type, created_at) VALUES (%(other)s, 'Others', 'Static', now())",
    "INSERT INTO segment_member (segment_id, contact_id, joined_at) "
    "SELECT (SELECT max(id) FROM segment), 1000000 + n, now() FROM {numbers}",
    "INSERT INTO imported_contact (import_id, row_number, contact_id, value) SELECT 77, n, 1000000 + n, '' FROM {numbers}",
    "ANALYZE",
)


@contextmanager
def statements(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ran]:
    """What is run inside: by SQLAlchemy, and by libpq itself (app/prepared.py), which brings the types of its values."""
    ran: Ran = []
    run = PostgresForm.run

    # Other threads write tallies down, and read limits.
    own = threading.get_ident()

    def note(*given: Any) -> None:
        if threading.get_ident() == own:
            ran.append((given[2], given[3], None))

    def note_and_run(self: Any, connection: Any, values: Any) -> Any:
        ran.append((self._text, self._parameters(values), (self._types, self._formats)))
        return run(self, connection, values)

    with app.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    with monkeypatch.context() as patch:
        patch.setattr(PostgresForm, "run", note_and_run)
        yield ran
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def plan(connection: psycopg.Connection[Any], statement: Any, values: Any, types: Any) -> list[dict[str, Any]]:
    """The steps by which PostgreSQL would carry ``statement`` out."""
    if types is not None:
        result = connection.pgconn.exec_params(b"EXPLAIN (FORMAT JSON) " + statement, values, *types, Format.TEXT)
        assert result.ntuples, result.error_message
        found = psycopg.adapt.Transformer(connection)
        found.set_pgresult(result)
        return list(_steps(found.load_row(0, tuple)[0][0]["Plan"]))
    explained = connection.execute("EXPLAIN (FORMAT JSON) " + statement, values).fetchone()
    assert explained is not None
    return list(_steps(explained[0][0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _steps(inner)


def slow(step: dict[str, Any], owners: dict[str, str]) -> str | None:
    """What is wrong with a step: it reads all of a large table."""
    kind, index = step["Node Type"], step.get("Index Name", "")
    table = step.get("Relation Name") or owners.get(index)
    if table in LARGE and (kind == "Seq Scan" or (kind in SCANS and "Index Cond" not in step)):
        return f"{kind} of {table} {index}, by {step.get('Filter', 'nothing')}"
    return None


def test_every_read_method_finds_its_rows_by_an_index(
    pg_url: str, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "MESSAGES", 6)
    monkeypatch.setattr(remembered, "LONG", 50)  # so that the ways of long lists are taken too
    site = Site(make_app(database_url=pg_url, event_deletion=True))
    loaded = crowd.load(site.app, Sizes(contacts=3_000, activity=12_000, events=300))
    headers = {"Authorization": f"Bearer {loaded.key}"}
    asked = list(reads.requests(loaded))
    assert {one.number for one in ENDPOINTS if one.verb == "GET"} <= {one.number for one in asked}, "enter it in bench/reads"
    other = site.owner().organization_id
    with psycopg.connect(pg_url, autocommit=True) as connection:
        for statement in OTHERS:
            connection.execute(statement.format(numbers="generate_series(1, 12000) AS n"), {"other": other})
        connection.execute("SET enable_seqscan = off")
        owners = dict(connection.execute("SELECT indexname, tablename FROM pg_indexes").fetchall())
        for request in asked:
            with statements(site.app, monkeypatch) as ran:
                # A page that is half of the list is rightly read with all of it.
                answer = site.get(f"/api{re.sub('maxrows=[0-9]+', 'maxrows=10', request.path)}", headers=headers)
            assert answer.status == 200, (request, answer.text)
            problems = [slow(step, owners) for one in ran for step in plan(connection, *one)]
            assert any(types is not None for _, _, types in ran), "the credential is looked up by libpq itself"
            assert not list(filter(None, problems)), request
        today = now().date().isoformat()
        with statements(site.app, monkeypatch) as ran:
            answer = site.send("DELETE", "/api/v1/past_events", headers=headers, json={"from": today, "to": today})
        assert answer.status == 200
        assert any("DELETE FROM event" in str(one[0]) for one in ran)
        assert not [found for one in ran for step in plan(connection, *one) if (found := slow(step, owners))]


def test_statements_are_planned_for_the_values_that_they_are_run_with(pg_app: Flask) -> None:
    """A plan for any value goes by the average: of a rare tag, PostgreSQL would look through the rows of all others."""
    with pg_app.app_context(), reading() as connection:
        for number in range(12):
            connection.execute(select(_activity.c.id).where(_activity.c.organization_id == number))
        plans = connection.execute(text("SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements")).one()
    assert plans[0] == 0
    assert plans[1] > 0
