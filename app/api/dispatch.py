"""The way of a call, readable as one function: who, how often, may they, what, do, answer."""

from typing import Any

import orjson
from flask import Blueprint, Response
from pydantic import BaseModel

from ..application import ProgramResponse, answer_with
from ..extensions import csrf
from ..here import this_app, this_request
from ..services.rate_limits import Window
from . import guard, reading
from .endpoint import ENDPOINTS, Endpoint


def call(endpoint: Endpoint, path: dict[str, Any]) -> Response:
    """Answer one call of ``endpoint``."""
    request = this_request()
    caller = guard.identify(request)
    # Taken before the scope check: a caller who guesses scopes pays for each guess.
    _say(guard.take(caller, endpoint.limit))
    guard.require(caller, endpoint.scope)
    this_app().extensions["tally"].count(caller, endpoint.group.number)
    arguments = reading.arguments(endpoint, request)
    result = endpoint.handler(caller, **path, **arguments)
    return answer(result)


def answer(result: Any) -> Response:
    """A 200 with a JSON body. Handlers return a model, a list of models, plain data, or any of these with headers."""
    headers: dict[str, str] = {}
    if isinstance(result, tuple):
        result, headers = result
    return ProgramResponse(orjson.dumps(result, default=_plain), headers=headers.items())


def _say(window: Window) -> None:
    answer_with(("X-RateLimit-Limit", str(window.limit)), ("X-RateLimit-Remaining", str(window.remaining)))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def add_methods() -> Blueprint:
    """A blueprint with every declared method, with and without a slash at the end."""
    blueprint = Blueprint("api", __name__)
    csrf.exempt(blueprint)
    for endpoint in ENDPOINTS:
        for path in (endpoint.path, *endpoint.aliases):
            rule = f"/api{path}"
            for form in (rule, f"{rule}/"):
                blueprint.add_url_rule(
                    form,
                    f"{endpoint.name}:{form}",
                    _view(endpoint),
                    methods=[endpoint.verb],
                    provide_automatic_options=False,
                )
    return blueprint


def _view(endpoint: Endpoint) -> Any:
    def view(**path: Any) -> Response:
        return call(endpoint, path)

    return view
