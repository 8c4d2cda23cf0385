"""Reading a call's query and body, leniently where Yespo's clients need it, into the shapes that its method declares."""

import codecs
from typing import Any, TypeVar

import orjson
from flask import Request
from pydantic import BaseModel, ValidationError

from ..errors import AppError, BadRequest, Invalid, NotFound
from ..nesting import DEEPEST, is_too_deep
from .endpoint import Endpoint

Shape = TypeVar("Shape", bound=BaseModel)

LARGEST_ID = 2**63 - 1
NUL, ESCAPED_NUL = "\0", "\\u0000"

_UTF_8 = "utf-8"
# Python's own encodings, in which nobody writes; reading one of them takes hours for a large body.
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
_NO_NUL = "NUL characters are not accepted."
_MOST_PROBLEMS = 50
# Where pydantic speaks of Python.
_SENTENCES = {"model_type": "Input should be an object.", "model_attributes_type": "Input should be an object."}


class UnsupportedMediaType(AppError):
    code, status, detail = "unsupported_media_type", 415, "Send the body as application/json in UTF-8."


def arguments(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """The ``query`` and ``body`` for the handler of ``endpoint``.

    :raises AppError: 400, 404, 413, 415 or 422.
    """
    _check_path(request)
    found: dict[str, Any] = {}
    if endpoint.query is not None:
        found["query"] = validate(endpoint.query, _query(request), status=400)
    if endpoint.body is not None:
        found["body"] = validate(endpoint.body, _json(request), status=422)
    return found


def _check_path(request: Request) -> None:
    """:raises NotFound: no row can have such an id; the database would refuse it with an error of its own."""
    for value in (request.view_args or {}).values():
        if (isinstance(value, int) and value > LARGEST_ID) or (isinstance(value, str) and NUL in value):
            raise NotFound


def _query(request: Request) -> dict[str, str]:
    """The parameters that have a value, the last one of each name: an empty one says as much as none."""
    found = {name: values[-1] for name, values in request.args.lists() if values[-1] != ""}
    for name, value in found.items():
        if NUL in value:
            raise BadRequest(f"{name}: {_NO_NUL}")
    return found


def _json(request: Request) -> Any:
    mimetype, charset = request.mimetype, request.mimetype_params.get("charset") or "utf-8"
    if mimetype and mimetype != "application/json" and not mimetype.endswith("+json"):
        raise UnsupportedMediaType
    try:
        codec = codecs.lookup(charset).name
        if codec in _NO_CHARSETS:
            raise UnsupportedMediaType
        text = request.get_data(cache=False).decode("utf-8-sig" if codec == _UTF_8 else charset)
        value = orjson.loads(text)
    except LookupError as error:
        raise UnsupportedMediaType from error
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from error
    except UnicodeError as error:
        raise BadRequest(f"The body is not valid {charset}.") from error
    if is_too_deep(text, value):
        raise BadRequest(f"The body is nested too deeply: {DEEPEST} levels are enough.")
    if ESCAPED_NUL in text:
        _refuse_nul(value)
    return value


def _refuse_nul(value: Any) -> None:
    """PostgreSQL stores no NUL in a text.

    :raises Invalid: there is one, naming where, as far as a reader can be expected to read.
    """
    waiting, fields = [("", value)], dict[str, list[str]]()
    while waiting and len(fields) < _MOST_PROBLEMS:
        name, part = waiting.pop()
        if isinstance(part, str) and NUL in part:
            fields[name or "body"] = [_NO_NUL]
        elif isinstance(part, list):
            waiting.extend((f"{name}.{index}".lstrip("."), item) for index, item in enumerate(part))
        elif isinstance(part, dict):
            waiting.extend((f"{name}.{key}".lstrip("."), item) for key, item in part.items())
    if fields:
        raise Invalid(fields)


def validate(shape: type[Shape], value: Any, *, status: int) -> Shape:
    """``value`` as a ``shape``.

    :raises BadRequest: it is none, and ``status`` is 400: the first sentence. :raises Invalid: with 422, all of them.
    """
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False, include_context=False)[:_MOST_PROBLEMS]:
            name = ".".join(str(part) for part in problem["loc"]) or "body"
            sentence = _SENTENCES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ") + "."
            fields.setdefault(name, []).append(sentence)
        name, sentences = next(iter(fields.items()))
        first = f"{name}: {sentences[0]}"
        raise (BadRequest(first) if status == 400 else Invalid(fields, first)) from error
