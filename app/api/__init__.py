"""The door to partners' code: the resource API, guarded by access tokens and API keys."""

from flask import Flask

from . import methods  # noqa: F401  (importing the methods declares them)
from .dispatch import add_methods


def register(app: Flask) -> None:
    """Add every declared method to ``app``."""
    app.register_blueprint(add_methods())
