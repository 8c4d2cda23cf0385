"""The door to partners' code: the resource API, guarded by access tokens and API keys."""

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter

from . import methods  # noqa: F401  (importing the methods declares them)
from .dispatch import add_methods
from .endpoint import ENDPOINTS
from .reference import reference


class Number(IntegerConverter):
    """A number in a path. Python refuses to read more than 4,300 digits, which would look like another path."""

    regex = r"[0-9]{1,40}"


class Language(BaseConverter):
    """A language in a path, beside which there is the name of another method."""

    regex = r"(?!viewLink\Z)[^/]+"


def register(app: Flask) -> None:
    """Add every declared method to ``app``; other doors find them as its extension ``methods``."""
    app.extensions["methods"] = ENDPOINTS
    app.url_map.converters.update(int=Number, language=Language)
    app.register_blueprint(add_methods())
    app.register_blueprint(reference)
