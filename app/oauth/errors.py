"""Errors of the endpoints that answer in JSON, in the RFC's shape (RFC 6749 section 5.2)."""

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ..errors import AppError
from ..here import this_request
from . import event_log

JSON_PATHS = ("/uaa/oauth/token", "/uaa/oauth/revoke", "/uaa/oauth/introspect", "/uaa/oauth/check_token", "/.well-known/")

_CODES = {429: "temporarily_unavailable", 503: "temporarily_unavailable", 500: "server_error"}


def answer(code: str, description: str, status: int) -> Response:
    body = orjson.dumps({"error": code, "error_description": description})
    return Response(body, status, {"Cache-Control": "no-store", "Pragma": "no-cache"}, mimetype="application/json")


def describe(error: AppError) -> Response:
    """The answer to an error that a rule raised."""
    response = answer(_CODES.get(error.status, "invalid_request"), error.detail, error.status)
    response.headers.update(error.headers)
    return response


def describe_http(error: HTTPException) -> Response:
    """The answer to an error that the framework raised."""
    status = error.code or 500
    response = answer(_CODES.get(status, "invalid_request"), f"{error.name}.", status)
    if isinstance(error, MethodNotAllowed) and this_request().path.startswith("/uaa/"):
        event_log.record_wrong_method()
    if getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response
