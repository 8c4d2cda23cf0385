"""The door to people's browsers."""

from flask import Flask

from . import api_keys, connected_apps, context, health, login, security_log
from .blueprint import pages

__all__ = ["api_keys", "connected_apps", "health", "login", "security_log"]


def register(app: Flask) -> None:
    """Add the pages to ``app``."""
    context.register(app)
    app.register_blueprint(pages)
