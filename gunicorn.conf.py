"""How gunicorn serves the application. What differs between deployments are settings (``UAA_...`` and ``PORT``).

The application is loaded once and forked: the workers start at once and share its memory.
"""

import gc
import json
import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from http import HTTPStatus
from ssl import SSLError
from typing import Any

from gunicorn import util
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from app import listening
from app.settings import ROOT, SettingsError, load

try:
    _settings = load()
    bind = f"{listening.HOST}:{listening.port()}"
except SettingsError as error:
    sys.exit(f"Can't start: {error}")


# What gunicorn can't read, and what is said to whoever sent it; the last for everything else.
REFUSALS: tuple[tuple[type[BaseException], int, str], ...] = (
    (LimitRequestLine, 414, "The address of the request is too long."),
    (LimitRequestHeaders, 431, "The headers of the request are too long, or too many."),
    (ExpectationFailed, 417, "The expectation of the request can not be met."),
    (UnsupportedTransferCoding, 501, "The transfer coding of the request is not supported."),
    (BaseException, 400, "The request is not valid HTTP."),
)

_keeper: subprocess.Popen[bytes] | None = None


class Worker(ThreadWorker):
    """gunicorn's own, but for three things.

    Told to stop, it waits for idle connections too, as long as browsers and proxies keep them. Told to stop at once, it
    takes locks that it may be holding. And it waits for a connection to have something to read even when the next
    request was read together with what came before it.
    """

    def finish_request(self, conn: Any, fs: Any) -> None:
        done = self.alive and not fs.cancelled() and fs.exception() is None and fs.result() is True
        if done and not conn.is_http2 and conn.parser.unreader.buf.getbuffer().nbytes:
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        self.method_queue.defer(self.close_idle)

    def handle_quit(self, sig: int, frame: Any) -> None:
        # Ctrl-C comes twice, from the terminal and from the master: the second would break off what ``worker_exit`` does.
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: None)
        super(ThreadWorker, self).handle_quit(sig, frame)

    def close_idle(self) -> None:
        for connection in (*self.keepalived_conns, *self.pending_conns):
            connection.timeout = 0

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuse what the application never sees, in the shape of its own errors.

        gunicorn's own way repeats the line that it can't read in the log: with its codes and, as Yespo documents them,
        its secrets. And it answers programs in HTML.
        """
        log, address = logging.getLogger("uaa.server"), addr[0] if addr else "-"
        if isinstance(exc, (ParseException, SSLError)):
            status, detail = next((answer for kind, *answer in REFUSALS if isinstance(exc, kind)), REFUSALS[-1][1:])
            log.info("refused a request of %s: %s", address, type(exc).__name__)
        else:
            status, detail = 500, "Something went wrong on the server."
            log.error("a request of %s could not be handled", address, exc_info=exc)
        code = "internal_error" if status == 500 else "invalid_request"
        sentences = dict.fromkeys(("error_description", "detail", "message"), detail)
        body = json.dumps({"error": code, **sentences, "status": status}).encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        )
        with suppress(Exception):  # whoever sent it may be gone
            util.write_nonblock(client, head.encode() + body)


wsgi_app = "wsgi:app"
chdir = str(ROOT)
preload_app = True
worker_class = Worker
workers = _settings.workers or os.cpu_count() or 1
threads = _settings.threads
# Each worker has a listening socket of its own, and the kernel spreads the connections over them.
reuse_port = True
keepalive = 75
timeout = 60
# Shorter than the 10 seconds that containers are given.
graceful_timeout = 8
# Heartbeat files in memory: on a disk that is busy a healthy worker would look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (files without a name)
# Authorize links may be long; token requests may come in the query string.
limit_request_line = 8190
# Proxies are UAA_TRUSTED_PROXIES' business.
forwarded_allow_ips = ""
control_socket_disable = True
# The application writes a line for each request, without query strings: they carry codes and secrets.
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Say in one sentence what would fail in each worker."""
    if "GUNICORN_PID" in os.environ:  # a new master that takes over (USR2): the port is its predecessor's
        return
    for address in server.cfg.address:
        if isinstance(address, tuple):
            try:
                listening.check_free(*address[:2])
            except SettingsError as error:
                sys.exit(f"Can't start: {error}")


def when_ready(server: Any) -> None:
    """Log the start, and keep what was loaded out of the collector's reach: its pages stay shared after the fork."""
    if _settings.embedded_worker:
        _start_job_worker()
    gc.freeze()
    addresses = ", ".join(f"{a[0]}:{a[1]}" if isinstance(a, tuple) else str(a) for a in server.cfg.address)
    logging.getLogger("uaa.server").info(
        "listening on %s with %d workers of %d threads", addresses, server.cfg.workers, server.cfg.threads
    )


def _start_job_worker() -> None:
    """Start the job worker beside the server, with a keeper that starts it again; in a session of its own, so that
    Ctrl-C reaches it by way of this process only."""
    global _keeper
    worker = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    _keeper = subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-I", str(ROOT / "app/jobs/keeper.py"), *worker], cwd=ROOT, stdin=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def on_exit(server: Any) -> None:
    """End the job worker; what it was doing is finished or taken up again later."""
    if _keeper is not None:
        _keeper.terminate()
        _keeper.wait()


def post_fork(server: Any, worker: Any) -> None:
    """Give the worker database connections of its own."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        # Until the worker has handlers of its own, the master's would lose what it is told.
        signal.signal(number, lambda *_: os._exit(0))
    from wsgi import app

    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose(close=False)


def worker_exit(server: Any, worker: Any) -> None:
    """Write down what the worker has counted and not written yet."""
    from wsgi import app

    app.extensions["tally_writer"].close()
