"""Which door says an error, and that nobody ever sees a trace of the inside."""

import logging

from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy.exc import DatabaseError, DataError, OperationalError, ProgrammingError, TimeoutError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError

from .access import REQUEST_ID
from .api import errors as api_errors
from .errors import AppError, BadRequest, Unavailable
from .extensions import db, login_manager
from .metrics import ERRORS, LIMITED
from .oauth import errors as oauth_errors
from .services.rate_limits import Exceeded
from .words import N_

log = logging.getLogger("uaa.errors")

UNDEFINED_TABLE = "42P01"  # an SQLSTATE of PostgreSQL: the migrations have not run

_DOORS = (("/api/", "api"), ("/uaa/", "oauth"), ("/.well-known/", "oauth"))

_PAGES = {
    400: (N_("This can't be done"), N_("The form is incomplete or has expired. Go back, reload the page and try again.")),
    403: (N_("Not allowed"), N_("You don't have the right to do this here.")),
    404: (N_("Nothing here"), N_("There is no page at this address, or you may not see it.")),
    405: (N_("Not this way"), N_("This address does not answer to that kind of request.")),
    413: (N_("Too large"), N_("What was sent is larger than this address accepts.")),
    429: (N_("A moment, please"), N_("There were too many tries in a short time. Wait a little and try again.")),
    500: (N_("Something went wrong"), N_("The mistake is on our side and has been noted. Please try again.")),
    503: (N_("Back in a moment"), N_("The service is not available just now. Please try again shortly.")),
}


class InternalError(AppError):
    code, status = "internal_error", 500
    detail = N_("Something went wrong on the server. Quote the X-Request-Id when asking for help.")


def register(app: Flask) -> None:
    """Answer every error in the language of the door at which it happened."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    for gone in (OperationalError, TimeoutError):
        app.register_error_handler(gone, _database_gone)
    # SQLite's driver refuses numbers of more than 64 bits with an error of Python's own.
    for refused in (DataError, OverflowError):
        app.register_error_handler(refused, _data_refused)
    app.register_error_handler(BadHost, _bad_host)
    app.register_error_handler(ProgrammingError, _database_not_ready)
    app.register_error_handler(DatabaseError, _database_broken)


def _app_error(error: AppError) -> Response:
    _count(error.code)
    if isinstance(error, Exceeded):
        current_app.extensions["metrics"].count(LIMITED, error.limit)
    if request.path.startswith("/api/"):
        return api_errors.describe(error)
    if request.path.startswith(oauth_errors.JSON_PATHS):
        return oauth_errors.describe(error)
    return _page(error.status, error.headers, sentence=error.detail)


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError) or (error.code or 500) >= 500:
        return _app_error(InternalError())
    _count(error.name.lower().replace(" ", "_"))
    if request.path.startswith("/api/"):
        return api_errors.describe_http(error)
    if request.path.startswith(oauth_errors.JSON_PATHS):
        return oauth_errors.describe_http(error)
    if error.code is not None and error.code < 400:
        return Response(error.get_body(), error.code, dict(error.get_headers()))
    allow = getattr(error, "valid_methods", None)
    return _page(error.code or 500, {"Allow": ", ".join(allow)} if allow else {})


def _count(reason: str) -> None:
    door = next((door for path, door in _DOORS if request.path.startswith(path)), "pages")
    current_app.extensions["metrics"].count(ERRORS, door, reason)


def _database_gone(error: Exception) -> Response:
    log.error("database unavailable: %s (%s)", type(error).__name__, _request_id())
    return _app_error(Unavailable())


def _database_not_ready(error: ProgrammingError) -> Response:
    if getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE:
        return _database_gone(error)
    raise error


def _database_broken(error: DatabaseError) -> Response:
    """What drivers give no class of its own: a connection that was closed by the other side, a file that is no database."""
    if type(error) is DatabaseError:
        return _database_gone(error)
    raise error


def _data_refused(error: Exception) -> Response:
    cause = getattr(error, "orig", error)
    log.info("the database refused a value: %s (%s)", type(cause).__name__, _request_id())
    db.session.rollback()  # or the page about it could read nothing either
    return _app_error(BadRequest(N_("The request has characters or numbers that can not be stored.")))


def _bad_host(error: BadHost) -> Response:
    """The host can't be the name of one. No page: its links could not be written either."""
    return Response("The Host header of the request is not valid.\n", 400, mimetype="text/plain")


def _request_id() -> str:
    found: str = request.environ.get(REQUEST_ID, "")
    return found


def _page(status: int, headers: dict[str, str], sentence: str | None = None) -> Response:
    if status >= 500:
        # The page must not need what has just failed: nobody counts as signed in, so that the database is not asked.
        g._login_user = login_manager.anonymous_user()
    title, usual = _PAGES.get(status, _PAGES[400 if status < 500 else 500])
    page = render_template(
        "errors/error.html", status=status, title=title, sentence=sentence or usual, request_id=_request_id()
    )
    return Response(page, status, headers, mimetype="text/html")
