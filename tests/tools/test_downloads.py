"""Downloading from links of callers: streamed, bounded, and never from inside, also after redirects."""

import base64
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.downloads import Downloads
from app.outbound import OutboundError
from tests.support.file_host import FileHost


@pytest.fixture(scope="module")
def host() -> Iterator[FileHost]:
    host = FileHost()
    yield host
    host.close()


def download(link: str, *, private: tuple[str, ...] = ("127.0.0.1",), limit: int = 1000, timeout: float = 5.0) -> bytes:
    with Downloads(private_hosts=private).open(link, limit_bytes=limit, timeout=timeout) as file:
        return file.read()


def refusal(link: str, **options: Any) -> str:
    with pytest.raises(OutboundError) as refused:
        download(link, **options)
    return str(refused.value)


def test_a_file_is_read_to_its_end(host: FileHost) -> None:
    assert download(host.put("/file", "a,b\n" * 100)) == b"a,b\n" * 100
    assert host.heads[-1].keys() == {"host", "accept", "accept-encoding", "user-agent", "connection"}


def test_credentials_in_the_link_are_sent_to_its_server_only(host: FileHost) -> None:
    there = host.put("/there", "there")
    host.put("/here", "", 302, Location=there)
    elsewhere = FileHost()
    try:
        host.put("/away", "", 302, Location=elsewhere.put("/x", "x"))
        assert download(host.url("/here", credentials="ann:p%40ss@")) == b"there"
        told = base64.b64decode(host.heads[-1]["authorization"].removeprefix("Basic "))
        assert (told, host.heads[-1]["host"]) == (b"ann:p@ss", f"127.0.0.1:{host.port}")
        assert download(host.url("/away", credentials="ann:secret@")) == b"x"
        assert "authorization" not in elsewhere.heads[-1]
    finally:
        elsewhere.close()


@pytest.mark.parametrize(
    "link",
    ["http://127.0.0.1:{port}/x", "http://localhost:{port}/x", "http://[::1]:{port}/x", "http://0.0.0.0:{port}/x",
     "http://2130706433:{port}/x", "http://0x7f.1:{port}/x", "http://169.254.169.254/latest/meta-data/",
     "http://10.0.0.1/x", "http://[::ffff:127.0.0.1]:{port}/x", "http://user@127.0.0.1:{port}/x"],
)  # fmt: skip
def test_private_addresses_are_refused(host: FileHost, link: str) -> None:
    host.put("/x", "secret")
    asked = len(host.asked)
    assert "does not resolve to public internet addresses" in refusal(link.format(port=host.port), private=())
    assert len(host.asked) == asked, "not even asked"


@pytest.mark.parametrize("to", ["http://localhost:{port}/secret", "http://[::1]:{port}/secret", "http://10.0.0.1/"])
def test_private_addresses_are_refused_after_a_redirect_too(host: FileHost, to: str) -> None:
    host.put("/secret", "secret")
    link = host.put("/redirect", "", 302, Location=to.format(port=host.port))
    assert "does not resolve to public internet addresses" in refusal(link)
    assert host.asked[-1] == "/redirect"


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    reached: list[Any] = []

    def connect(address: Any, **_: Any) -> socket.socket:
        reached.append(address)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    downloads = Downloads(resolver=lambda host, port: next(answers))
    with (
        pytest.raises(OutboundError, match="connection to rebinding"),
        downloads.open("http://rebinding.example/", limit_bytes=1, timeout=1),
    ):
        pass
    assert reached == [("8.8.8.8", 80)]


@pytest.mark.parametrize(
    "link",
    ["", "contacts.csv", "ftp://files.example.org/x", "file:///etc/passwd", "http://", "http:///x", "http://[/x",
     "http://example.org:99999/", "http://example.org/a b", "http://exämple.org/", "http://example.org/\r\nX: y"],
)  # fmt: skip
def test_what_is_no_link_is_refused(link: str) -> None:
    assert refusal(link).startswith("The link ")


def test_too_many_redirects_are_refused(host: FileHost) -> None:
    link = host.put("/around", "", 302, Location="/around")
    asked = len(host.asked)
    assert refusal(link) == "The link leads through too many redirects."
    assert len(host.asked) == asked + 6


@pytest.mark.parametrize("status", [204, 401, 404, 500])
def test_another_status_than_200_is_refused(host: FileHost, status: int) -> None:
    assert refusal(host.put("/status", "", status)) == f"The server of the link answered with status {status}."


def test_what_is_too_large_is_refused_whatever_it_says_of_its_length(host: FileHost) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 1000)

    assert "larger than" in refusal(host.put("/large", "x" * 1001))
    assert "larger than" in refusal(host.answer("/endless", endless))
    assert download(host.put("/exact", "x" * 1000)) == b"x" * 1000


def test_what_takes_too_long_is_refused(host: FileHost) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    started = time.monotonic()
    assert "did not send the whole file within 0.5 seconds" in refusal(host.answer("/slow", slow), timeout=0.5)
    assert time.monotonic() - started < 3


def test_what_ends_early_or_comes_compressed_is_refused(host: FileHost) -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    assert refusal(host.answer("/half", half)) == "The file ended before its end."
    assert "compressed" in refusal(host.put("/gzip", "x", Content_Encoding="gzip"))
    assert "connection to 127.0.0.1 failed" in refusal("http://127.0.0.1:1/")


def test_only_so_many_at_once(host: FileHost) -> None:
    link, downloads = host.put("/one", "x"), Downloads(private_hosts=["127.0.0.1"], at_once=1)
    with (
        downloads.open(link, limit_bytes=10, timeout=5),
        pytest.raises(OutboundError, match="Too many downloads"),
        downloads.open(link, limit_bytes=10, timeout=5),
    ):
        pass
    with downloads.open(link, limit_bytes=10, timeout=5) as file:
        assert file.read() == b"x"
