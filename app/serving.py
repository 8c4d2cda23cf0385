"""How a worker process of gunicorn serves its connections: by threads that wait for requests themselves."""

import errno
import json
import logging
import os
import select
import selectors
import signal
import socket
import struct
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn import http, util
from gunicorn.http import wsgi
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from . import processors
from .bodies import Chunks, Unreader

# What can't be read, and what is said to whoever sent it; the last for everything else.
REFUSALS: tuple[tuple[type[BaseException], int, str], ...] = (
    (LimitRequestLine, 414, "The address of the request is too long."),
    (LimitRequestHeaders, 431, "The headers of the request are too long, or too many."),
    (ExpectationFailed, 417, "The expectation of the request can not be met."),
    (UnsupportedTransferCoding, 501, "The transfer coding of the request is not supported."),
    (BaseException, 400, "The request is not valid HTTP."),
)
HEAD_LIMIT = 64 * 1024  # bytes
_CHUNKS_PATIENCE = 1  # second, for what is left of a body in chunks that the application did not read
_CROWDED = 0.02  # seconds, until some of the connections that were ended when there were too many have made room
_LINGERING = 2  # seconds, until the other end has taken the last answer
_AT_ONCE = 64 * 1024  # bytes
_ONCE = select.EPOLLIN | select.EPOLLONESHOT
_log = logging.getLogger("uaa.server")


class Connection:
    """A client's connection.

    :ivar ends_at: when it is ended if nothing comes, by the monotonic clock; None while a thread attends to it.
    :ivar lingers: the last answer is out.
    """

    __slots__ = ("_skipped", "client", "ends_at", "lingers", "parser", "server", "sock")

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any, *, ends_at: float) -> None:
        sock.setblocking(True)
        self.sock, self.client, self.server = sock, client, server
        self.parser = http.get_parser(cfg, sock, client)
        self.parser.unreader = Unreader(sock)
        self.ends_at: float | None = ends_at
        self.lingers, self._skipped = False, 0

    def has_head(self) -> bool:
        """Whether all of a request's head has come."""
        return not self._skipped and b"\r\n\r\n" in self._buffer.getvalue()

    def take_in(self) -> None:
        """Take in what has come, without waiting for more.

        :raises OSError: the other end is gone.
        """
        with suppress(BlockingIOError):
            part = self.sock.recv(_AT_ONCE, socket.MSG_DONTWAIT)
            if not part:
                raise NoMoreData
            self._buffer.seek(0, os.SEEK_END)
            self._buffer.write(part)
            self._skip()

    def is_ready(self, line_limit: int) -> bool:
        """Whether something can be answered: a request, or what is too long to become one."""
        return self.has_head() or self._excess(line_limit) is not None

    def next_request(self, line_limit: int) -> Any:
        """The request that has come.

        :raises ParseException: it can't be read. :raises OSError: the other end is gone.
        """
        excess = None if self.has_head() else self._excess(line_limit)
        if excess is not None:
            raise excess
        request = next(self.parser)
        if isinstance(request.body.reader, ChunkedReader):
            request.body.reader = Chunks(request.body.reader, self.parser.unreader)
        return request

    def _excess(self, line_limit: int) -> ParseException | None:
        begun = self._buffer.getvalue()
        if len(begun) > line_limit and b"\r\n" not in begun[: line_limit + 2]:
            return LimitRequestLine(len(begun), line_limit)
        return LimitRequestHeaders("too long") if len(begun) > HEAD_LIMIT else None

    def leave_body(self) -> bool:
        """Be done with the body of the present request, of which some may not have come yet. Whether that goes.

        What is left over must not be taken for the next request.
        """
        reader = self.parser.mesg.body.reader
        if not isinstance(reader, LengthReader):
            with suppress(NoMoreData):
                return bool(self.parser.finish_body(deadline=time.monotonic() + _CHUNKS_PATIENCE))
            return False
        self._skipped, reader.length = reader.length, 0
        self._skip()
        return self._skipped <= _AT_ONCE

    def _skip(self) -> None:
        if self._skipped:
            come = self.parser.unreader.take_buffered()
            self.parser.unreader.unread(come[self._skipped :])
            self._skipped = max(0, self._skipped - len(come))

    def overhear(self, *, until: float | None) -> None:
        """Forget what comes while the other end takes the last answer.

        :raises OSError: it has had its time.
        """
        self.parser.unreader.take_buffered()
        if until is not None and until <= time.monotonic():
            raise NoMoreData

    def say_goodbye(self) -> None:
        """No more answers: closing at once could lose the last one (RFC 9112 section 9.6).

        :raises OSError: the other end is gone.
        """
        self.lingers = True
        self.parser.unreader.take_buffered()
        self.sock.shutdown(socket.SHUT_WR)

    def hang_up(self) -> None:
        """Wake a thread, to which it will look as if the other end had closed it."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RD)

    @property
    def _buffer(self) -> Any:
        return self.parser.unreader.buf


class _Parts(list[bytes]):
    """What would have been sent."""

    sendall = list.append


class Response(wsgi.Response):
    """Sends the head together with the first of the body: a packet, a system call and a change of threads less."""

    req: Any
    sock: Any

    def should_close(self) -> bool:
        return bool(super().should_close()) or self.req.unreader.has_failed

    def write(self, arg: bytes) -> None:
        if self.headers_sent:
            super().write(arg)
            return
        sock, self.sock = self.sock, _Parts()
        try:
            super().write(arg)
        finally:
            parts, self.sock = self.sock, sock
        sock.sendall(b"".join(parts))


class Worker(ThreadWorker):
    """gunicorn's threaded worker, but for the way from a connection to a thread.

    There the main thread waits for all connections, hands each request to a thread, and gets the connection back: ten times
    a request the interpreter may change hands, which costs more than the request. Here the threads themselves wait, at one
    epoll, which wakes one of them for a connection that has something to read; the main thread only accepts, and ends what
    has been idle for too long.

    Whoever sends nothing, or the head of a request bit by bit, or doesn't close what was ended, keeps no thread waiting; who
    stops in the middle of a body does so for half of gunicorn's ``timeout`` at most, and who stops reading for about three
    times as long: each part that the system still takes begins it anew.
    It speaks HTTP/1.1 alone: TLS and HTTP/2 end at the proxy before it.

    :ivar processor: the one that it keeps to; None when there is none for it alone.
    """

    alive: bool
    processor: int | None = None

    def init_process(self) -> None:
        processors.keep_to(self.processor)
        self._epoll = select.epoll()
        self._connections: dict[int, Connection] = {}
        super().init_process()

    def get_thread_pool(self) -> None:
        """None: the threads are its own."""

    def run(self) -> None:
        """Serve until told to stop, then finish what was begun."""
        due = 0.0
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        for _ in range(self.cfg.threads):
            threading.Thread(target=self._serve, daemon=True).start()
        while self.alive and self.is_parent_alive():
            self.notify()
            self.set_accept_enabled(not self._is_full())
            self.wait_for_and_dispatch_events(1.0)
            if time.monotonic() >= due or self._is_full():
                due = time.monotonic() + 1
                self._end_idle(crowded=self._is_full())
        self._stop_listening()
        # A second before the master's patience ends: what was counted has to be written down too.
        patience = time.monotonic() + max(0, self.cfg.graceful_timeout - 1)
        while self._connections and time.monotonic() < patience:
            self._end_idle(all_of_them=True)
            self.wait_for_and_dispatch_events(0.05)

    def _stop_listening(self) -> None:
        """Take what has come, and leave what comes now to the other workers.

        Each worker listens by itself: what the kernel gave to one that only finishes what it has begun would wait in vain.
        """
        self.set_accept_enabled(False)
        for listener in self.sockets:
            while not self._is_full() and self.accept(listener):
                pass
            listener.close()

    def accept(self, listener: Any) -> bool:
        """Take a new connection, and let the threads wait for its requests. Whether there was one."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._end_idle(crowded=True)
            time.sleep(_CROWDED)
            return False
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            # Of the kernel: Python's own would take a system call more for each read and write.
            sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", int(self.timeout), 0))
        connection = Connection(self.cfg, sock, client, listener.getsockname(), ends_at=self._until_idle())
        self._connections[sock.fileno()] = connection
        self._epoll.register(sock.fileno(), _ONCE)
        return True

    def _until_idle(self) -> float:
        return time.monotonic() + float(self.cfg.keepalive)

    def _is_full(self) -> bool:
        return len(self._connections) >= int(self.worker_connections)

    def _end_idle(self, *, all_of_them: bool = False, crowded: bool = False) -> None:
        """End the connections on which nothing has come for too long; when there are too many, also half of the others."""
        waiting = [(connection.ends_at, connection) for connection in list(self._connections.values())]
        idle = sorted(((ends_at, one) for ends_at, one in waiting if ends_at is not None), key=lambda pair: pair[0])
        now, too_many = time.monotonic(), (len(idle) + 1) // 2 if crowded else 0
        for index, (ends_at, connection) in enumerate(idle):
            if all_of_them or ends_at <= now or index < too_many:
                connection.hang_up()

    def _serve(self) -> None:
        """What each thread does."""
        while True:
            for number, _ in self._epoll.poll(maxevents=1):
                connection = self._connections[number]
                try:
                    self._attend(number, connection)
                except OSError:
                    self._close(number, connection)
                except BaseException:
                    _log.exception("a connection of %s could not be served", connection.client)
                    self._close(number, connection)

    def _attend(self, number: int, connection: Connection) -> None:
        """Answer the request that has come on ``connection``, if all of its head has.

        :raises OSError: the other end is gone.
        """
        ends_at, connection.ends_at = connection.ends_at, None
        if not connection.has_head():
            connection.take_in()
        if connection.lingers:
            connection.overhear(until=ends_at)
        elif connection.is_ready(self.cfg.limit_request_line):
            if self._answer(connection):
                ends_at = self._until_idle()
            else:
                connection.say_goodbye()
                ends_at = time.monotonic() + _LINGERING
        connection.ends_at = ends_at
        # What came together with the last request has no event of its own; but that there is room to send is one.
        self._epoll.modify(number, _ONCE | select.EPOLLOUT if connection.has_head() else _ONCE)

    def _close(self, number: int, connection: Connection) -> None:
        del self._connections[number]
        connection.sock.close()
        if not (self.alive and self._accepting):
            self.method_queue.defer(lambda: None)  # it may be what the main thread waits for

    def _answer(self, connection: Connection) -> bool:
        """Answer the next request. Whether there may be another one.

        :raises OSError: the other end is gone.
        """
        request = None
        try:
            request = connection.next_request(self.cfg.limit_request_line)
            return self.handle_request(request, connection) and connection.leave_body()
        except StopIteration:
            return False
        except OSError:
            raise
        except Exception as error:
            self.handle_error(request, connection.sock, connection.client, error)
            return False

    def handle_request(self, request: Any, connection: Connection) -> bool:
        """Have the application answer ``request``. Whether the connection stays.

        :raises OSError: the other end is gone.
        """
        response, environ = wsgi.create(
            request, connection.sock, connection.client, connection.server, self.cfg, response_class=Response
        )
        environ["wsgi.multithread"] = True
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        if not self.alive or not self.cfg.keepalive or len(self._connections) >= self.max_keepalived:
            response.force_close()
        try:
            self._send(self.wsgi(environ, response.start_response), response)
        except Exception as error:
            if isinstance(error, OSError) or not response.headers_sent:
                raise
            _log.exception("an answer to %s broke off", connection.client)
            return False
        return not response.should_close()

    @staticmethod
    def _send(answer: Any, response: Response) -> None:
        try:
            # Files too: Python's sendfile would wait without end for who has stopped reading.
            for part in answer:
                response.write(part)
            response.close()
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def handle_quit(self, sig: int, frame: Any) -> None:
        # Ctrl-C comes twice, from the terminal and from the master: the second would break off what ``worker_exit`` does.
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: None)
        super(ThreadWorker, self).handle_quit(sig, frame)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuse what the application never sees, in the shape of its own errors.

        gunicorn's own way repeats the line that it can't read in the log: with its codes and, as Yespo documents them,
        its secrets. And it answers programs in HTML.
        """
        address = addr[0] if addr else "-"
        if isinstance(exc, ParseException):
            status, detail = next((status, detail) for kind, status, detail in REFUSALS if isinstance(exc, kind))
            _log.info("refused a request of %s: %s", address, type(exc).__name__)
        else:
            status, detail = 500, "Something went wrong on the server."
            _log.error("a request of %s could not be handled", address, exc_info=exc)
        code = "internal_error" if status == 500 else "invalid_request"
        sentences = dict.fromkeys(("error_description", "detail", "message"), detail)
        body = json.dumps({"error": code, **sentences, "status": status}).encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        )
        with suppress(Exception):  # whoever sent it may be gone
            util.write_nonblock(client, head.encode() + body)
