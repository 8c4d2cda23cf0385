"""Reading a call's query and body, leniently where Yespo's clients need it, into the shapes that its method declares."""

from typing import Any

import orjson
from flask import Request
from pydantic import BaseModel, ValidationError

from ..errors import AppError, BadRequest, Invalid
from .endpoint import Endpoint


class UnsupportedMediaType(AppError):
    code, status, detail = "unsupported_media_type", 415, "Send the body as application/json in UTF-8."


def arguments(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """The ``query`` and ``body`` for the handler of ``endpoint``.

    :raises AppError: 400, 415 or 422.
    """
    found: dict[str, Any] = {}
    if endpoint.query is not None:
        found["query"] = _validate(endpoint.query, {name: values[-1] for name, values in request.args.lists()}, status=400)
    if endpoint.body is not None:
        found["body"] = _validate(endpoint.body, _json(request), status=422)
    return found


def _json(request: Request) -> Any:
    mimetype, charset = request.mimetype, request.mimetype_params.get("charset", "utf-8")
    if mimetype and mimetype != "application/json" and not mimetype.endswith("+json"):
        raise UnsupportedMediaType
    try:
        return orjson.loads(request.get_data().decode(charset))
    except LookupError as error:
        raise UnsupportedMediaType from error
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadRequest("The body is not valid JSON.") from error


def _validate(shape: type[BaseModel], value: Any, *, status: int) -> BaseModel:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in problem["loc"]) or "body"
            fields.setdefault(name, []).append(problem["msg"].removeprefix("Value error, ") + ".")
        if status == 400:
            name, sentences = next(iter(fields.items()))
            raise BadRequest(f"{name}: {sentences[0]}") from error
        raise Invalid(fields) from error
