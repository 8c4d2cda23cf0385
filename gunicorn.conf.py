"""How gunicorn serves the application. What differs between deployments are settings (``UAA_...`` and ``PORT``).

The application is loaded once and forked: the workers start at once and share its memory.
"""

import gc
import logging
import os
import signal
import subprocess
import sys
from typing import Any

from app import listening, processors, serving
from app.settings import ROOT, SettingsError, load

try:
    _settings = load()
    bind = f"{listening.HOST}:{listening.port()}"
except SettingsError as error:
    sys.exit(f"Can't start: {error}")


_keeper: subprocess.Popen[bytes] | None = None


wsgi_app = "wsgi:app"
chdir = str(ROOT)
preload_app = True
worker_class = serving.Worker
workers = _settings.workers or len(os.sched_getaffinity(0))
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
pre_fork = processors.find_for
# The application writes a line for each request, without query strings: they carry codes and secrets.
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Say in one sentence what would fail in each worker."""
    if "GUNICORN_PID" in os.environ:  # a new master that takes over (USR2): the port is its predecessor's
        # gunicorn can't read the empty list of sockets that a master leaves whose workers have their own.
        os.environ["GUNICORN_FD"] = os.environ.get("GUNICORN_FD") or "0"
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
