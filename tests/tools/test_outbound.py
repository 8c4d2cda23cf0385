"""Fetching from addresses that strangers chose: only what is meant, only from where it was checked, never for long."""

import gc
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from app.outbound import Fetched, Outbound, OutboundBusy, OutboundError
from tests.support.document_host import HERE, DocumentHost, answer, drip, raw


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentHost]:
    host = DocumentHost(tmp_path_factory.mktemp("host"))
    yield host
    host.close()


def fetch(outbound: Outbound, url: str, *, limit_bytes: int = 5120, timeout: float = 5.0) -> Fetched:
    return outbound.fetch(url, limit_bytes=limit_bytes, timeout=timeout)


def test_an_answer_is_read_to_its_end(host: DocumentHost) -> None:
    fetched = fetch(host.outbound(), host.put("/plain", answer(b"hello", Content_Type="text/plain; charset=utf-8")))
    assert (fetched.status, fetched.body, fetched.media_type) == (200, b"hello", "text/plain")


def test_the_request_says_little(host: DocumentHost) -> None:
    fetch(host.outbound(), host.put("/head", answer(b"")))
    assert set(host.heads[-1]) == {"host", "accept", "accept-encoding", "user-agent", "connection"}


def test_a_chunked_answer_is_read(host: DocumentHost) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    url = host.put("/chunked", raw(head))
    assert fetch(host.outbound(), url).body == b"hello world"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1",
     "2002:7f00:1::", "64:ff9b::7f00:1", "fe80::1%lo", "224.0.0.1", "0.0.0.0", "not an address"],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_before_any_connection(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    outbound = Outbound(resolver=lambda host, port: [address])
    with pytest.raises(OutboundError, match=r"inside\.example does not resolve to public internet addresses"):
        fetch(outbound, "https://inside.example/app.json")


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    outbound = Outbound(resolver=lambda host, port: ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(OutboundError, match="does not resolve to public"):
        fetch(outbound, "https://both.example/app.json")


@pytest.mark.parametrize(
    "literal",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0"],
)
def test_this_computer_is_refused_however_it_is_written(literal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the operating system's own resolver."""
    monkeypatch.setattr(socket, "create_connection", _never)
    with pytest.raises(OutboundError, match="does not resolve to public"):
        fetch(Outbound(), f"https://{literal}/app.json")


def test_an_unknown_name_reads_like_an_inner_one() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(OutboundError, match=r"^x\.example does not resolve to public internet addresses\.$"):
        fetch(Outbound(resolver=resolver), "https://x.example/app.json")


def test_the_connection_goes_to_the_address_that_was_checked(host: DocumentHost) -> None:
    """DNS is asked once: a second answer, of a name that changes between check and use, is never wanted."""
    answers = iter([[HERE]])
    outbound = host.outbound(resolver=lambda name, port: next(answers))
    assert fetch(outbound, host.put("/pinned", answer(b"ok"))).body == b"ok"


def test_the_next_address_is_tried_when_the_first_does_not_answer(host: DocumentHost) -> None:
    outbound = host.outbound(resolver=lambda name, port: ["127.0.0.9", HERE], is_allowed=lambda address: True)
    assert fetch(outbound, host.put("/second", answer(b"ok"))).body == b"ok"


@pytest.mark.parametrize(
    "url",
    ["http://client.example/x", "ftp://client.example/x", "file:///etc/passwd", "https://user@client.example/x",
     "https:///x", "https://client.example:8443/x", "https://client.example:80/x", "https://client.example:0/x",
     "https://client.example:99999/x", "https://client.example/a b", "https://client.example/a\r\nHost: x",
     "https://client.example/\u00fc", "https://[::1/x", "https://.client.example/x", "//client.example/x"],
)  # fmt: skip
def test_an_address_that_is_not_plain_https_on_443_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    with pytest.raises(OutboundError):
        fetch(Outbound(resolver=lambda host, port: ["127.0.0.1"]), url)


def test_a_certificate_of_an_unknown_authority_is_refused(host: DocumentHost) -> None:
    with pytest.raises(OutboundError, match="No trusted TLS connection"):
        fetch(host.outbound(trusted=False), host.put("/tls", answer(b"ok")))
    assert "/tls" not in host.asked


def test_a_certificate_for_another_name_is_refused(host: DocumentHost) -> None:
    with pytest.raises(OutboundError, match="No trusted TLS connection"):
        fetch(host.outbound(), host.address("/tls", host="other.example"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(host: DocumentHost, status: int) -> None:
    inner = host.put(f"/inner-{status}", answer(b"secret"))
    fetched = fetch(host.outbound(), host.put(f"/moved-{status}", answer(b"", status, Location=inner)))
    assert fetched.status == status
    assert f"/inner-{status}" not in host.asked


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(host: DocumentHost) -> None:
    assert len(fetch(host.outbound(), host.put("/fits", answer(b"x" * 5120))).body) == 5120
    with pytest.raises(OutboundError, match="larger than 5120 bytes"):
        fetch(host.outbound(), host.put("/big", answer(b"x" * 5121)))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Filler: ",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["chunked", "without length", "endless header", "endless 100"],
)
def test_an_endless_answer_is_cut_off(host: DocumentHost, head: bytes) -> None:
    piece = b"HTTP/1.1 100 Continue\r\n\r\n" if b"100" in head else b"x" * 4096
    url = host.put("/endless", drip(pause=0, head=head, piece=piece))
    with pytest.raises(OutboundError):
        fetch(host.outbound(), url, timeout=3)


def test_an_answer_that_ends_early_is_refused(host: DocumentHost) -> None:
    url = host.put("/short", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"))
    with pytest.raises(OutboundError):
        fetch(host.outbound(), url)


def test_a_compressed_answer_is_refused(host: DocumentHost) -> None:
    with pytest.raises(OutboundError, match="compressed"):
        fetch(host.outbound(), host.put("/gzip", answer(b"\x1f\x8b", Content_Encoding="gzip")))


@pytest.mark.parametrize("garbage", [b"", b"\x00\xff\xfe", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_an_answer_that_is_not_http_is_refused(host: DocumentHost, garbage: bytes) -> None:
    url = host.put("/garbage", raw(garbage))
    with pytest.raises(OutboundError, match="failed"):
        fetch(host.outbound(), url)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"], ids=["head", "body"])
def test_a_server_that_answers_byte_by_byte_has_one_deadline_for_all_of_it(host: DocumentHost, head: bytes) -> None:
    url = host.put("/slow", drip(pause=0.1, head=head, piece=b"H" if not head else b" "))
    began = time.monotonic()
    with pytest.raises(OutboundError, match=r"did not answer completely within 0\.6 seconds"):
        fetch(host.outbound(), url, timeout=0.6)
    assert time.monotonic() - began < 1.2


def test_a_slow_resolver_counts_towards_the_deadline() -> None:
    stop = threading.Event()

    def resolver(host: str, port: int) -> list[str]:
        stop.wait(5)
        return ["8.8.8.8"]

    began = time.monotonic()
    with pytest.raises(OutboundError, match="did not answer completely"):
        fetch(Outbound(resolver=resolver), "https://slow.example/x", timeout=0.3)
    assert time.monotonic() - began < 1
    stop.set()


def test_a_server_that_never_speaks_tls_has_the_same_deadline() -> None:
    with socket.create_server((HERE, 0)) as listener:
        port = listener.getsockname()[1]
        outbound = Outbound(resolver=lambda host, p: [HERE], is_allowed=lambda address: True, ports=frozenset({port}))
        began = time.monotonic()
        with pytest.raises(OutboundError, match="did not answer completely"):
            fetch(outbound, f"https://mute.example:{port}/x", timeout=0.4)
        assert time.monotonic() - began < 1


def test_slow_servers_do_not_hold_every_thread(host: DocumentHost) -> None:
    outbound = host.outbound(at_once=1)
    url = host.put("/holding", drip(pause=0.1, head=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"))

    def hold() -> None:
        with suppress(OutboundError):
            fetch(outbound, url, timeout=1)

    holding = threading.Thread(target=hold)
    holding.start()
    deadline = time.monotonic() + 5
    while "/holding" not in host.asked and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(OutboundBusy):
        fetch(outbound, url)
    holding.join()
    assert fetch(outbound, host.put("/free", answer(b"ok"))).body == b"ok"


def test_proxies_of_the_environment_are_not_used(host: DocumentHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert fetch(host.outbound(), host.put("/direct", answer(b"ok"))).body == b"ok"


def test_nothing_is_left_open(host: DocumentHost) -> None:
    """Warnings are errors here, and a socket that is collected while open warns."""
    for path, given in (("/left-1", answer(b"ok")), ("/left-2", answer(b"x" * 9000)), ("/left-3", answer(b"", 302))):
        url = host.put(path, given)
        with suppress(OutboundError):
            fetch(host.outbound(), url)
    gc.collect()


def _never(*args: object, **kwargs: object) -> None:
    raise AssertionError("a connection was tried")
