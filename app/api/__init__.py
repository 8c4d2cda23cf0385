"""The door to partners' code: the resource API, guarded by access tokens and API keys."""

from flask import Flask

from . import methods  # noqa: F401  (importing the methods declares them)
from .dispatch import add_methods
from .endpoint import ENDPOINTS
from .reference import reference


def register(app: Flask) -> None:
    """Add every declared method to ``app``; other doors find them as its extension ``methods``."""
    app.extensions["methods"] = ENDPOINTS
    app.register_blueprint(add_methods())
    app.register_blueprint(reference)
