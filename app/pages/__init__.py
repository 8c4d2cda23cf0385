"""The door to people's browsers."""

from flask import Flask

from . import (
    account,
    api_keys,
    confirmation,
    connected_app,
    connected_apps,
    context,
    email_change,
    health,
    imports,
    invitations,
    language,
    login,
    login_code,
    logos,
    members,
    metrics,
    outbox,
    partner_apps,
    password_reset,
    second_factor,
    security_log,
    settings_tabs,
    sign_up,
    tracking,
    unsubscribing,
    web_views,
)
from .blueprint import pages

__all__ = [
    "account",
    "api_keys",
    "confirmation",
    "connected_app",
    "connected_apps",
    "email_change",
    "health",
    "imports",
    "invitations",
    "language",
    "login",
    "login_code",
    "logos",
    "members",
    "metrics",
    "outbox",
    "partner_apps",
    "password_reset",
    "second_factor",
    "security_log",
    "sign_up",
    "tracking",
    "unsubscribing",
    "web_views",
]


def register(app: Flask) -> None:
    """Add the pages to ``app``."""
    language.register(app)
    context.register(app)
    settings_tabs.register(app)
    app.register_blueprint(pages)
