"""``python -m bench.reads``: how long every read method of the API takes for an organization with millions of rows.

The real server on a real PostgreSQL; one program asks over a kept-alive connection, one request after another.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import orjson

from app.api.endpoint import ENDPOINTS
from app.clock import now

from . import crowd, databases
from .crowd import Crowd, Sizes
from .databases import Database
from .processes import Server, gunicorn
from .rig import opened_app

LIMIT = 50.0  # milliseconds
DEEP = 0.9  # of a list
HEADING = (
    "| method | what is asked for | rows | `TotalCount` | median ms | p99 | least | first | CPU: workers | CPU: database |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
)


class Request(NamedTuple):
    """One line of the table. :param number: of the method in the reference. :param title: what is asked for."""

    number: str
    title: str
    path: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--activity", type=int, default=5_000_000, help="rows of activity (5000000)")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=30, help="how often each request is sent (30)")
    parser.add_argument("--only", default="", help="only requests whose title or number has this")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        database = stack.enter_context(databases.opened("postgresql", folder))
        app, environment = opened_app(stack, folder, database.url)
        loaded = crowd.load(app, Sizes(given.contacts, given.activity, given.events))
        server = stack.enter_context(
            gunicorn("wsgi:app", configuration="gunicorn.conf.py", folder=folder / "app", path="/readyz",
                     environment=environment | {"UAA_EMBEDDED_WORKER": "false"})
        )  # fmt: skip
        print(f"### {database.title}: {given.contacts:,} contacts, {given.activity:,} rows of activity, "
              f"{given.events:,} events\n")  # fmt: skip
        print(HEADING)
        chosen = [one for one in requests(loaded) if given.only in f"{one.number} {one.title}"]
        slow = [one for one in chosen if measured(server, database, loaded.key, one, given.times) > LIMIT]
        forgotten = sorted({end.number for end in ENDPOINTS if end.verb == "GET"} - {one.number for one in requests(loaded)})
    if forgotten:
        raise SystemExit(f"Not asked for: {', '.join(forgotten)}.")
    if slow:
        raise SystemExit(f"Above {LIMIT:.0f} ms: {', '.join(f'{one.number} {one.title}' for one in slow)}.")


def requests(loaded: Crowd) -> Iterator[Request]:
    """Every read method, and the searches by each of its parameters."""
    yield from _general()
    yield from _contacts(loaded)
    yield from _segments(loaded)
    yield from _activity(loaded)
    for number, kind in (("6.3", ""), ("6.5", "email/"), ("6.7", "sms/"), ("6.9", "viber/")):
        ids = ",".join(_uuid("request", n) for n in range(1, 101))
        yield Request(number, "100 request ids", f"/v1/message/{kind}status?ids={ids}")
    yield Request("6.3", "a broadcast's id", f"/v1/message/status?ids={_uuid('broadcast', 1)}")
    yield Request("6.11", "", "/v1/broadcast/1")
    yield Request("6.13", "", "/v1/broadcasts")


def _general() -> Iterator[Request]:
    for number, path in (
        ("1.1", "/v1/version"), ("1.1", "/v2/version"), ("1.2", "/v1/account/info"), ("1.3", "/v1/balance"),
        ("1.4", "/v1/subscriptions"), ("1.5", "/v1/addressbooks"), ("1.8", "/v1/messages/email/2"),
        ("1.13", "/v1/messages/email/2/viewLink"), ("1.15", "/v1/messages/sms/1"), ("1.16", "/v1/interfaces/email"),
        ("1.17", "/v1/interfaces/sms"), ("1.18", "/v1/callouts/sms"),
        ("1.19", "/v1/contact/token/activated/6d0c2b1e-52f4-4a35-9d0d-3b8a5f0c1a77/token-10"),
    ):  # fmt: skip
        yield Request(number, "", path)
    for number, kind in (("1.7", "email"), ("1.14", "sms")):
        yield Request(number, "all", f"/v1/messages/{kind}")
        yield Request(number, "by a tag", f"/v1/messages/{kind}?search=news")


def _contacts(loaded: Crowd) -> Iterator[Request]:
    deep = int(loaded.sizes.contacts * DEEP)
    middle = loaded.sizes.contacts // 2
    for title, query in {
        "all": "", "all, 500 rows": "maxrows=500", "all, in the middle": f"startindex={middle}",
        "all, far behind": f"startindex={deep}", "all, the last ones": f"startindex={loaded.sizes.contacts * 98 // 100 - 9}",
        "all, by id": "sortBy=contactId",
        "all, by id, in the middle": f"startindex={middle}&sortBy=contactId",
        "by external id": "externalCustomerId=C-77", "by external id, unknown": "externalCustomerId=nobody",
        "by email": "email=ann.8%40mail8.example.org", "by email, one in eight": "email=ann",
        "by email, one in eight, far behind": f"email=ann&startindex={deep // 8}", "by email, one in 80": "email=ann.1",
        "by email, unknown": "email=nobody", "by number": "sms=380500000077", "by number, all have it": "sms=38050",
        "by number, all have it, far behind": f"sms=38050&startindex={deep}", "by first name, one in eight": "firstname=Ann",
        "by first name, one in eight, far behind": f"firstname=Ann&startindex={deep // 8}",
        "by first name, unknown": "firstname=Nobody", "by last name, all have it": "lastname=Lee",
        "by last name, one in 1,000": "lastname=Lee777", "by both names": "firstname=Ann&lastname=Lee8",
        "by both names, few": "firstname=Ann&lastname=Lee808",
        "by email and first name": "email=ann.1&firstname=Ann", "by email and number": "email=ann&sms=380500",
        "by everything": "email=ann&sms=38050&firstname=a&lastname=l",
    }.items():  # fmt: skip
        rows = "" if "maxrows" in query else "&maxrows=100"
        yield Request("3.1", title, f"/v1/contacts?{query}{rows}")
    yield Request("2.3", "the first rows", "/v1/importstatus/bench?maxrows=100")
    yield Request("2.3", "the first rows, 500", "/v1/importstatus/bench?maxrows=500")
    yield Request("2.3", "far behind", f"/v1/importstatus/bench?maxrows=100&startindex={deep}")
    yield Request("3.2", "", "/v1/contact/1001")
    yield Request("3.3", "500 ids", f"/v1/contacts/email?ids={','.join(str(n * 7 + 1) for n in range(500))}")
    yield Request("3.4", "", "/v1/contact/1001/subscriptions")


def _segments(loaded: Crowd) -> Iterator[Request]:
    deep = int(loaded.sizes.contacts * DEEP)
    # In the order in which the loader makes them.
    subscribers, everybody, friends = 1, 2, 3
    yield Request("3.5", "all", "/v1/groups")
    yield Request("3.5", "by a part of the name", "/v1/groups?name=every")
    for title, query in {
        "everybody": f"{everybody}/contacts?maxrows=100", "everybody, 500 rows": f"{everybody}/contacts?maxrows=500",
        "everybody, in the middle": f"{everybody}/contacts?maxrows=100&startindex={deep // 2}",
        "everybody, far behind": f"{everybody}/contacts?maxrows=100&startindex={deep}",
        "everybody, by joining": f"{everybody}/contacts?maxrows=100&orderByTs=true&asc=false",
        "everybody, by joining, far behind": f"{everybody}/contacts?maxrows=100&startindex={deep}&orderByTs=true",
        "one in three": f"{subscribers}/contacts?maxrows=100", "one in 1,000": f"{friends}/contacts?maxrows=100",
    }.items():  # fmt: skip
        yield Request("3.6", title, f"/v1/group/{query}")


def _activity(loaded: Crowd) -> Iterator[Request]:
    today = now().date()
    some, last = (
        f"maxrows=100&offset={int(loaded.sizes.activity * 0.7)}",
        f"maxrows=100&offset={loaded.sizes.activity - 100}",
    )
    email = quote(f"ann.{int(loaded.sizes.activity * DEEP) // 200 * 200 + 8}@mail8.example.org")
    for title, days, query in (
        ("90 days", (90, 0), "maxrows=100"), ("90 days, 500 rows", (90, 0), "maxrows=500"),
        ("90 days, read on", (90, 0), some), ("90 days, the last ones", (90, 0), last),
        ("90 days, nothing new", (90, 0), f"offset={loaded.sizes.activity}"), ("today", (0, 0), "maxrows=100"),
        ("a day two months ago", (60, 60), "maxrows=100"), ("a week a month ago", (37, 30), "maxrows=100"),
        ("a day two months ago, its end", (60, 60), f"maxrows=100&offset={int(loaded.sizes.activity * 0.507)}"),
        ("a day before all", (300, 300), "maxrows=100"),
        ("one email address", (90, 0), f"maxrows=100&email={email}"),
        ("an unknown address", (90, 0), "maxrows=100&email=nobody%40example.org"),
        ("status CLICKED", (90, 0), "maxrows=100&activityStatus=CLICKED"),
        ("status SPAM, one in 5,000", (90, 0), "maxrows=100&activityStatus=SPAM"),
        ("status UNSUBSCRIBED, none", (90, 0), "maxrows=100&activityStatus=UNSUBSCRIBED"),
        ("status SPAM, a day", (60, 60), "maxrows=100&activityStatus=SPAM"),
        ("a frequent tag", (90, 0), "maxrows=100&messageTag=promo"),
        ("a rare tag, one in 5,000", (90, 0), "maxrows=100&messageTag=rare"),
        ("an unknown tag", (90, 0), "maxrows=100&messageTag=nothing"),
        ("a rare tag and a status that it never has", (90, 0), "maxrows=100&messageTag=rare&activityStatus=UNDELIVERED"),
        ("a frequent tag on a day", (60, 60), "maxrows=100&messageTag=promo&activityStatus=READ"),
    ):  # fmt: skip
        start, end = (today - timedelta(days=ago) for ago in days)
        yield Request("4.1", title, f"/v2/contacts/activity?dateFrom={start}&dateTo={end}&{query}")


def _uuid(word: str, number: int) -> str:
    """As the loader makes it."""
    return str(uuid.UUID(hashlib.md5(f"{word}{number}".encode(), usedforsecurity=False).hexdigest()))


def measured(server: Server, database: Database, key: str, request: Request, often: int) -> float:
    """Print the request's line of the table; its median in milliseconds. The first call is not in the median."""
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=120)
    first, answer = _asked(connection, key, request)
    before = server.cpu_seconds(), database.cpu_seconds()
    taken = sorted(_asked(connection, key, request)[0] for _ in range(often))
    used = server.cpu_seconds() - before[0], database.cpu_seconds() - before[1]
    connection.close()
    lists = [answer.body] if isinstance(answer.body, list) else list(answer.body.values())
    rows = f"{max(map(len, lists)):,}" if (lists := [one for one in lists if isinstance(one, list)]) else ""
    times = [statistics.median(taken), taken[max(0, round(often * 0.99) - 1)], taken[0], first]
    cells = [*(f"{one:.1f}" for one in times), *(f"{1000 * one / often:.1f}" for one in used)]
    what = request.title or f"`{request.path[:40]}`"
    print(f"| {request.number} | {what} | {rows} | {answer.total} | {' | '.join(cells)} |", flush=True)
    return times[0]


class Answer(NamedTuple):
    """:param total: of the header ``TotalCount``."""

    body: Any
    total: str


def _asked(connection: HTTPConnection, key: str, request: Request) -> tuple[float, Answer]:
    """Milliseconds until the whole answer was there, and the answer."""
    started = time.perf_counter()
    connection.request("GET", f"/api{request.path}", headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    body = answer.read()
    taken = 1000 * (time.perf_counter() - started)
    if answer.status != 200:
        raise SystemExit(f"{request.path}: {answer.status} {body!r}")
    total = f"{int(answer.headers['TotalCount']):,}" if "TotalCount" in answer.headers else ""
    return taken, Answer(orjson.loads(body), total)


if __name__ == "__main__":
    main()
