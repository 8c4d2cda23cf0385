"""Imports are carried on whenever a worker is killed: no contact is lost and none comes twice; with real processes."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import psycopg
import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Event, EventType, ImportedContact

from ..api.importing import ImportingShop
from ..support.file_host import FileHost
from ..support.waiting import until
from .conftest import Office


@pytest.fixture
def host() -> Iterator[FileHost]:
    host = FileHost()
    yield host
    host.close()


@pytest.fixture
def office(open_office: Callable[..., Office], pg_url: str) -> Office:
    return open_office(database_url=pg_url, import_private_hosts="127.0.0.1", job_hold=1)


def table_of_people(rows: int) -> str:
    lines = (f"Ann,ann{number}@example.org,38050{number:07}" for number in range(rows))
    return "\n".join(["First name,Email,SMS", *lines, ""])


def upload(shop: ImportingShop, link: str) -> str:
    options = {"groupNames": ["Imported"], "eventKeyForNewContacts": "newContact"}
    answer = shop.send("POST", "/v1/contacts/upload", json={"link": link, "dedupeOn": "email"} | options)
    assert answer.json["valid"], answer.text
    session: str = answer.json["importId"]
    return session


def has_done(shop: ImportingShop, session: str, rows: int) -> Callable[[], bool]:
    return lambda: shop.status(session, maxrows=1)["rowsDone"] >= rows


def is_over(shop: ImportingShop, session: str) -> Callable[[], bool]:
    return lambda: shop.status(session, maxrows=1)["status"] in ("FINISHED", "ERROR")


def assert_each_row_came_once(shop: ImportingShop, session: str, rows: int) -> None:
    state = shop.status(session)
    assert (state["status"], state["rowsDone"], state["created"], state["updated"]) == ("FINISHED", rows, rows, 0), state
    assert [pair["dedupeValue"] for pair in state["mapping"]] == [f"ann{number}@example.org" for number in range(rows)]
    ids = {pair["contactId"] for pair in state["mapping"]}
    assert len(ids) == rows
    assert shop.counted() == (rows, rows)
    segment = shop.read(min(ids))["groups"][0]["id"]
    assert shop.get(f"/v1/group/{segment}/contacts", maxrows=1).headers["TotalCount"] == str(rows)
    with shop.site.rules():
        keys = db.session.scalars(select(Event.key).join(EventType).where(EventType.key == "newContact")).all()
        assert sorted(keys) == sorted(pair["dedupeValue"] for pair in state["mapping"])
        assert db.session.scalar(select(func.count()).select_from(ImportedContact)) == rows


@contextmanager
def locked(url: str, table: str) -> Iterator[Callable[[], bool]]:
    """Nobody can write to ``table``; gives whether somebody waits to."""
    query = "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
    with psycopg.connect(url) as connection:
        connection.execute(f"LOCK TABLE {table} IN SHARE MODE")  # type: ignore[call-overload]
        yield lambda: connection.execute(query, [table]).fetchone() is not None
        connection.rollback()


def test_a_worker_killed_while_it_loads_or_while_it_writes(office: Office, host: FileHost, pg_url: str) -> None:
    shop, rows, let_go = ImportingShop(office.site), 2500, threading.Event()
    text = table_of_people(rows).encode()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + text[:-100])
        handler.wfile.flush()
        let_go.wait(30)

    link = host.put("/contacts.csv", text)
    session = upload(shop, link)
    host.answer("/contacts.csv", stall)
    worker = office.start()
    until(lambda: shop.status(session)["rowsTotal"] >= 1000, "nothing was loaded")
    worker.kill()
    assert shop.status(session)["status"] == "IMPORTING"
    let_go.set()
    host.put("/contacts.csv", text)
    # The number of contacts comes last in the transaction, when all else is written.
    with locked(pg_url, "contact_count") as somebody_waits:
        worker = office.start()
        until(somebody_waits, "nothing was written")
        worker.kill()
    assert shop.counted() == (0, 0)
    office.start()
    until(is_over(shop, session), "it is not finished")
    assert_each_row_came_once(shop, session, rows)


def test_workers_killed_at_any_moment(office: Office, host: FileHost) -> None:
    shop, rows, luck = ImportingShop(office.site), 8000, random.Random(5)
    session = upload(shop, host.put("/contacts.csv", table_of_people(rows)))
    for _ in range(2):
        before = shop.status(session, maxrows=1)["rowsDone"]
        worker = office.start()
        until(has_done(shop, session, before + 1), "nothing was done")
        time.sleep(luck.uniform(0, 0.3))
        worker.kill()
    assert shop.status(session, maxrows=1)["status"] == "IMPORTING", "all was over before the last one was killed"
    workers = office.start(), office.start()
    until(is_over(shop, session), "it is not finished")
    assert_each_row_came_once(shop, session, rows)
    assert [worker.process.poll() for worker in workers] == [None, None]
