"""Around every request, below Flask: its id, the headers that every answer has, and its line in the log."""

import logging
import random
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import logs
from .settings import Settings

REQUEST_ID = "uaa.request_id"
Count = Callable[[str, str, float], None]  # a request's method, the status of its answer, and the seconds that it took


class Access:
    """WSGI middleware. On WSGI's own lists and strings this takes a third of what it takes with Flask's hooks."""

    def __init__(self, application: WSGIApplication, settings: Settings, count: Count | None) -> None:
        self._application = application
        self._headers = [("X-Content-Type-Options", "nosniff")]
        if settings.is_https:
            self._headers.append(("Strict-Transport-Security", "max-age=31536000"))
        self._logs = logs.is_shown(logging.INFO)
        self._count = count

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started, request_id = time.perf_counter(), f"{random.getrandbits(96):024x}"
        environ[REQUEST_ID] = request_id

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if self._logs:
                # The path alone: query strings carry codes and, as Yespo documents it, secrets.
                logs.write_access(
                    f"{environ.get('REMOTE_ADDR')} {environ['REQUEST_METHOD']} {_path(environ)} {status[:3]} "
                    f"{(time.perf_counter() - started) * 1000:.1f}ms {request_id}"
                )
            if self._count is not None:
                self._count(environ["REQUEST_METHOD"], status[:3], time.perf_counter() - started)
            return start_response(status, [*headers, ("X-Request-Id", request_id), *self._headers], *error)

        return self._application(environ, start)


def _path(environ: WSGIEnvironment) -> str:
    """The path asked for; quoted when it has characters that could feign another line."""
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode(errors="replace")
    return path if path.isprintable() else repr(path)
