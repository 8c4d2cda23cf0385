"""Bytes that are hardly HTTP, on a real connection: refused politely, and the next one is served."""

import json
import re
import socket
from contextlib import suppress

import pytest

from tests.support.servers import Server
from tests.support.sites import Site

TOKEN = (
    b"POST /uaa/oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
)
CLOSE = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

REQUESTS = {
    "garbage": b"\x00\xff\xfe\x16\x03\x01\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "odd version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "raw bytes in the path": b"GET /\xff\xfe\x80" + CLOSE + b"\r\n",
    "NUL in the path": b"GET /a\0b" + CLOSE + b"\r\n",
    "encoded NUL in the path": b"GET /api/v1/%00" + CLOSE + b"\r\n",
    "raw bytes in the query": b"GET /uaa/oauth/authorize?client_id=\xff\xfe" + CLOSE + b"\r\n",
    "encoded bytes in the query": b"GET /uaa/oauth/authorize?client_id=%ff%00" + CLOSE + b"\r\n",
    "100 KB of address": b"GET /login?next=" + b"x" * 100_000 + b"" + CLOSE + b"\r\n",
    "100 KB of a header": b"GET /login HTTP/1.1\r\nHost: x\r\nX-Y: " + b"x" * 100_000 + b"\r\nConnection: close\r\n\r\n",
    "a thousand headers": b"GET /login HTTP/1.1\r\nHost: x\r\n" + b"X-Y: z\r\n" * 1000 + b"\r\n",
    "raw bytes in a header": b"GET /api/v1/version" + CLOSE + b"Authorization: Bearer \xff\xfe\r\n\r\n",
    "a bad host": b"GET /login HTTP/1.1\r\nHost: " + b"x" * 300 + b"\r\nConnection: close\r\n\r\n",
    "a host in brackets": b"GET /login HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
    "an address for a proxy": b"GET http://[/login" + CLOSE + b"\r\n",
    "two hosts": b"GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
    "a negative length": TOKEN + b"Content-Length: -5\r\n\r\n",
    "a length that is no number": TOKEN + b"Content-Length: abc\r\n\r\n",
    "a huge length": TOKEN + b"Content-Length: 99999999999999999999\r\n\r\n",
    "two lengths": TOKEN + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\na=b",
    "length and chunks": TOKEN + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad chunks": TOKEN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "an odd coding": TOKEN + b"Transfer-Encoding: gzip\r\n\r\nabc",
    "an underscore in a header": b"GET /api/v1/version" + CLOSE + b"X_Forwarded_For: 1.2.3.4\r\n\r\n",
    "a space before a colon": b"GET /login HTTP/1.1\r\nHost : x\r\nConnection: close\r\n\r\n",
    "a folded header": b"GET /login HTTP/1.1\r\nHost: x\r\nX-Y: a\r\n b\r\nConnection: close\r\n\r\n",
}


def answer_to(server: Server, raw: bytes) -> bytes:
    """What comes back until the server closes the connection, or b"" when it does so without a word."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        # It may be closed in the middle of the request, and have answered all the same.
        with suppress(OSError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while part := connection.recv(65536):
                received += part
    return received


@pytest.mark.parametrize("kind", REQUESTS)
def test_what_is_hardly_http_is_refused_politely(server: Server, live_site: Site, kind: str) -> None:
    answer = answer_to(server, REQUESTS[kind])
    if answer:
        status = int(answer.split(b" ", 2)[1])
        assert 200 <= status < 500, answer[:300]
    assert b"Traceback" not in answer
    assert live_site.get("/healthz").status == 200


@pytest.mark.parametrize(
    ("kind", "status"), [("100 KB of address", 414), ("100 KB of a header", 431), ("no version", 400), ("two lengths", 400)]
)
def test_what_the_application_never_sees_is_refused_in_json_too(server: Server, kind: str, status: int) -> None:
    # A server that closes while there is more to read resets the connection, and sometimes its answer is lost with that.
    answers = (answer_to(server, REQUESTS[kind]) for _ in range(10))
    head, _, body = next(answer for answer in answers if answer).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/json" in head
    answer = json.loads(body)
    assert answer["status"] == status
    assert answer["error"] == "invalid_request"
    assert answer["detail"] == answer["message"] == answer["error_description"]


@pytest.mark.parametrize(
    "rest", [b" b HTTP/1.1\r\nHost: x", b"\r\nHost: x", b" HTTP/x\r\nHost: x", b" HTTP/1.1\r\nbad header"]
)
def test_an_address_that_can_not_be_read_gets_its_secrets_into_no_log(server: Server, rest: bytes) -> None:
    """Yespo documents secrets in the address, and a forgotten encoding makes the line unreadable."""
    answer = answer_to(server, b"POST /uaa/oauth/token?client_secret=uaa_cs_topsecret&scope=a" + rest + b"\r\n\r\n")
    assert int(answer.split(b" ", 2)[1]) == 400
    assert "topsecret" not in server.log
    assert b"topsecret" not in answer


def test_a_line_feed_in_a_path_is_not_another_line_of_the_log(server: Server) -> None:
    forged = b"GET /x%0d%0a2026-01-01T00:00:00.000Z%20INFO%20uaa.access%20forged" + CLOSE + b"\r\n"
    assert b" 404 " in answer_to(server, forged)
    lines = [line for line in server.log.splitlines() if "forged" in line]
    assert len(lines) == 1
    assert "/x" in lines[0]
    assert " 404 " in lines[0]


GET = b"GET /api/v1/version HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_requests_sent_together_are_answered_one_by_one(server: Server, live_site: Site) -> None:
    statuses = re.findall(rb"HTTP/1.1 (\d+) ", answer_to(server, GET + GET + LAST))
    assert statuses == [b"401", b"401", b"200"]


def test_a_body_that_comes_after_its_answer_delays_nobody(server: Server, live_site: Site) -> None:
    """An answer may go out before the body has come, which then arrives in one packet with the next request."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"PUT /api/v1/version HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")
        connection.sendall(b"12345" + LAST)
        received = b""
        while part := connection.recv(65536):
            received += part
    assert b"HTTP/1.1 200 " in received


def test_a_base_address_that_ends_in_a_slash_makes_no_difference(live_site: Site) -> None:
    key = live_site.api_key(live_site.owner().organization)
    plain, doubled = (
        live_site.get(f"{slash}/api/v1/version", headers={"Authorization": f"Bearer {key}"}) for slash in ("", "/")
    )
    assert (plain.status, doubled.status, doubled.text) == (200, 200, plain.text)
    assert plain.headers.keys() == doubled.headers.keys()
