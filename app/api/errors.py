"""Errors of the API: JSON of one shape, for every address below /api."""

from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from ..application import answer_with
from ..errors import AppError
from ..services.rate_limits import Exceeded


def describe(error: AppError) -> Response:
    """The answer to an error: four members, because the documents and the vendor's own plugins read different ones."""
    response = answer(error.code, error.detail, error.status, **error.extra)
    response.headers.update(error.headers)
    if isinstance(error, Exceeded):
        answer_with(("X-RateLimit-Limit", str(error.window.limit)), ("X-RateLimit-Remaining", "0"))
    return response


def answer(code: str, sentence: str, status: int, **extra: Any) -> Response:
    body = {"error": code, "detail": sentence, "message": sentence, "status": status, **extra}
    return Response(orjson.dumps(body), status=status, mimetype="application/json")


_SENTENCES = {
    404: ("not_found", "There is no such method."),
    405: ("method_not_allowed", "This method does not answer to that verb."),
    413: ("content_too_large", "The body is too large."),
    415: ("unsupported_media_type", "Send the body as application/json in UTF-8."),
}


def describe_http(error: HTTPException) -> Response:
    """The answer to an error that the framework raised."""
    status = error.code or 500
    code, sentence = _SENTENCES.get(status, ("error", error.description or "The request could not be carried out."))
    response = answer(code, sentence, status)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response
