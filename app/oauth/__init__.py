"""The door to partners' servers and browsers: OAuth 2.0 as RFC 6749 and its family say it."""

import os

from flask import Flask

from ..services.purge import Housekeeping
from . import metadata, views
from .blueprint import oauth
from .server import create_server

__all__ = ["metadata", "register", "views"]


def register(app: Flask) -> None:
    """Add the authorization server's endpoints to ``app``."""
    # Authlib refuses plain http by itself. TLS ends before this process, and whether the public address must be
    # https is this product's own setting.
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
    app.extensions["oauth_server"] = create_server(app)
    app.extensions["housekeeping"] = Housekeeping(grace=app.config["SETTINGS"].refresh_grace)
    app.register_blueprint(oauth)
