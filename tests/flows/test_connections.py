"""Connections: whoever keeps a server waiting keeps nobody else waiting, even where one thread is all there is."""

import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import psutil
import pytest
import requests

from tests.support.servers import Server

HEAD = b"GET /api/v1/version HTTP/1.1\r\nHost: x\r\n"
FORM = b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CHUNKS = FORM + b"Transfer-Encoding: chunked\r\n\r\n"
PATIENCE = 20  # seconds


class Client:
    """A connection.

    :param narrow: the system keeps very little of what the server sends, here and there.
    """

    def __init__(self, server: Server, *, narrow: bool = False) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(PATIENCE)
        # The less it holds, the sooner a server has to wait for who does not read.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096 if narrow else 65536)
        if narrow:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
        self._socket.connect(("127.0.0.1", server.port))
        self._received = self._socket.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._received.close()
        self._socket.close()

    def send(self, *parts: bytes) -> None:
        """Send ``parts``; the server may have closed the connection before it took all of them."""
        with suppress(OSError):
            self._socket.sendall(b"".join(parts))

    def status(self) -> int:
        """The status of the next answer, which is taken whole; 0 when the connection ends instead."""
        try:
            first, length = self._received.readline(), None
            if not first:
                return 0
            while (line := self._received.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            assert length is not None
            assert len(self._received.read(length)) == length
            return int(first.split()[1])
        except ConnectionError:
            return 0


@pytest.fixture(scope="module")
def lonely(start_server: Callable[..., Server]) -> Server:
    """A server that can do one thing at a time, keeps eight connections, and waits two seconds for a body."""
    return start_server(workers=1, threads=1, arguments=["--worker-connections", "8", "--timeout", "4"])


@pytest.fixture
def connect(lonely: Server) -> Iterator[Callable[[], Client]]:
    """Makes connections to it, which are closed at the end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Client(lonely))


def is_alive(server: Server) -> bool:
    return requests.get(f"{server.url}/healthz", timeout=PATIENCE).status_code == 200


def test_who_says_nothing_or_half_a_head_keeps_nobody_waiting(lonely: Server, connect: Callable[[], Client]) -> None:
    silent, slow = connect(), connect()
    for part in (HEAD[:3], HEAD[3:], b"X-Slow: 1\r\n"):
        slow.send(part)
        assert is_alive(lonely)
    slow.send(b"\r\n")
    assert slow.status() == 401
    silent.send(HEAD, b"\r\n")
    assert silent.status() == 401


def test_who_does_not_close_what_was_ended_keeps_nobody_waiting(lonely: Server, connect: Callable[[], Client]) -> None:
    ended = [connect() for _ in range(3)]
    for one in ended:
        one.send(HEAD, b"Connection: close\r\n\r\n")
        assert one.status() == 401
        assert one.status() == 0
    assert is_alive(lonely)
    for one in ended:
        one.send(HEAD, b"\r\n")
        assert one.status() == 0
    assert is_alive(lonely)


def test_who_stops_in_a_body_is_given_up(lonely: Server, connect: Callable[[], Client]) -> None:
    stopped = connect()
    stopped.send(b"POST /uaa/oauth/token", FORM, b"Content-Length: 1000\r\n\r\nscope=")
    assert is_alive(lonely)
    assert stopped.status() == 400
    # Where its body would have ended is not known any more.
    stopped.send(b"x" * 994, HEAD, b"\r\n", HEAD, b"\r\n")
    assert stopped.status() == 0
    assert "Traceback" not in lonely.log


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (b"POST /login" + CHUNKS + b"zz\r\n", 400),
        (b"POST /login" + CHUNKS + b"3\r\na=b0\r\n\r\n", 400),
        (b"POST /login" + CHUNKS + b"3\r\na=b\r\n0\r\nHost: y\r\n\r\n", 400),
        (b"PUT /api/v1/version" + CHUNKS + b"3\r\na=b\r\n0\r\nHost: y\r\n\r\n", 405),
    ],
    ids=["no size", "too long", "a trailer that may not be", "such a trailer, unread"],
)
def test_what_follows_chunks_that_can_not_be_read_is_no_request(
    lonely: Server, connect: Callable[[], Client], begun: bytes, status: int
) -> None:
    broken = connect()
    broken.send(begun)
    assert broken.status() == status
    broken.send(HEAD, b"\r\n")
    assert broken.status() == 0
    assert "Traceback" not in lonely.log


@pytest.mark.parametrize("begun", [b"3;x=", b"3\r\na=b\r\n0\r\nX-Y: "], ids=["size", "trailer"])
def test_what_stands_around_chunks_is_not_endless(server: Server, begun: bytes) -> None:
    with Client(server) as endless:
        endless.send(b"POST /login", CHUNKS, begun, b"x" * 200_000)
        assert endless.status() == 400


def test_who_does_not_read_a_file_keeps_nobody_waiting(lonely: Server) -> None:
    with Client(lonely, narrow=True) as deaf:
        deaf.send(*[b"GET /static/css/uaa.css HTTP/1.1\r\nHost: x\r\n\r\n"] * 2000)
        for _ in range(3):
            assert is_alive(lonely)
            time.sleep(0.05)


def test_a_server_that_can_open_no_more_files_ends_idle_connections(lonely: Server, connect: Callable[[], Client]) -> None:
    (worker,) = psutil.Process(lonely._process.pid).children()
    usual = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (worker.num_fds() + 3, usual[1]))
    try:
        crowd = [connect() for _ in range(6)]
        assert is_alive(lonely)
    finally:
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, usual)
    assert crowd
    assert worker.is_running()
    assert "Traceback" not in lonely.log


def test_a_body_that_nobody_wanted_keeps_nobody_waiting(lonely: Server, connect: Callable[[], Client]) -> None:
    late = connect()
    late.send(b"PUT /api/v1/version HTTP/1.1\r\nHost: x\r\nContent-Length: 39\r\n\r\nGET /")
    assert late.status() == 405
    assert is_alive(lonely)
    late.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", HEAD, b"\r\n", HEAD, b"\r\n")
    assert [late.status(), late.status()] == [401, 401]


def test_who_does_not_read_keeps_nobody_waiting_and_misses_nothing(lonely: Server, connect: Callable[[], Client]) -> None:
    deaf = connect()
    deaf.send(*[b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"] * 100)
    # It takes turns with the others until its answers fill what the system keeps for it.
    assert all(is_alive(lonely) for _ in range(100))
    assert [deaf.status() for _ in range(100)] == [200] * 100


@pytest.mark.parametrize(
    ("begun", "status"), [(b"GET /" + b"x" * 9000, 414), (HEAD + b"X-Y: z\r\n" * 9000, 431)], ids=["address", "headers"]
)
def test_a_head_that_gets_too_long_is_refused_before_it_ends(
    connect: Callable[[], Client], begun: bytes, status: int
) -> None:
    connection = connect()
    connection.send(begun)
    assert connection.status() == status


def test_when_there_are_too_many_connections_the_idle_ones_make_room(lonely: Server, connect: Callable[[], Client]) -> None:
    for _ in range(3):
        crowd = [connect() for _ in range(8)]
        assert is_alive(lonely)
    crowd[-1].send(HEAD, b"\r\n")
    assert crowd[-1].status() in (0, 401)


def test_a_worker_that_makes_room_for_its_successor_leaves_nobody_waiting(
    lonely: Server, connect: Callable[[], Client]
) -> None:
    master, slow = psutil.Process(lonely._process.pid), connect()
    slow.send(b"POST /login", FORM, b"Content-Length: 5\r\n\r\na=")
    (old,) = master.children()
    os.kill(master.pid, signal.SIGHUP)
    while master.children() in ([old], []):
        time.sleep(0.02)
    for _ in range(12):
        assert is_alive(lonely)
        time.sleep(0.05)
    slow.send(b"bcd")
    assert slow.status() == 400


def test_all_connections_get_their_own_answers_in_order(server: Server) -> None:
    kinds = {b"/healthz": 200, b"/api/v1/version": 401, b"/nothing-here": 404, b"/login": 200, b"/settings/api-keys": 302}

    def talk(number: int) -> None:
        paths = [list(kinds)[(number * step + step // 3) % len(kinds)] for step in range(1, 41)]
        together = number % 3 + 1  # one of three sends each request by itself
        with Client(server) as connection:
            for start in range(0, len(paths), together):
                some = paths[start : start + together]
                connection.send(*(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path for path in some))
                assert [connection.status() for _ in some] == [kinds[path] for path in some]

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(talk, range(24)))
