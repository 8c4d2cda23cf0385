"""The application: a table of contents."""

import gc

# Before all else: nearly everything that a start makes stays, and to look for garbage after each 700 objects, as usual,
# takes an eighth of it.
gc.set_threshold(20_000)

from flask import Flask
from sqlalchemy.exc import DBAPIError

from . import api, cli, error_handling, jobs, logs, middleware, oauth, pages
from .application import Application
from .database import READ_BIND, engine_options, prepare_engine
from .downloads import Downloads
from .extensions import csrf, db, login_manager
from .locations import Locations
from .metrics import Metrics
from .outbound import Outbound
from .sessions import PageSessions
from .settings import ROOT, Settings, load
from .shared_counters import open_counters


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application.

    :param settings: read from the environment when not given.
    :raises SettingsError: a setting is wrong.
    """
    settings = settings or load()
    app = Application("app", instance_path=str(settings.instance_path), template_folder=str(ROOT / "templates"),
                static_folder=str(ROOT / "static"))  # fmt: skip
    # Werkzeug would redirect from doubled slashes, to wherever the Host header says.
    app.url_map.merge_slashes = False
    app.session_interface = PageSessions()
    configure(app, settings)
    logs.configure(settings)
    app.extensions["locations"] = Locations(settings.locations_file) if settings.locations_file else None
    connect_database(app, settings)
    app.extensions["counters"] = open_counters(settings)
    app.extensions["metrics"] = Metrics(settings.instance_path / "metrics" if settings.metrics_token else None)
    app.extensions["outbound"] = Outbound()
    app.extensions["downloads"] = Downloads(private_hosts=settings.private_hosts)
    # Before the extensions: what they refuse gets a request id, a log line and the security headers too.
    middleware.register(app)
    for extension in (csrf, login_manager):
        extension.init_app(app)
    for door in (oauth, api, pages, cli, jobs):
        door.register(app)
    error_handling.register(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.keys[0],
        SECRET_KEY_FALLBACKS=list(settings.keys[1:]),
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-session" if settings.is_https else "session",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.session_ttl,
        SESSION_REFRESH_EACH_REQUEST=False,
        # Signed by the last, read by any of them: a form that was opened before a rotation can still be sent after it.
        WTF_CSRF_SECRET_KEY=list(reversed(settings.keys)),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )


def connect_database(app: Flask, settings: Settings) -> None:
    writer, reader = engine_options(settings.sqlalchemy_url, threads=settings.threads)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=writer,
        SQLALCHEMY_BINDS={READ_BIND: {"url": settings.sqlalchemy_url} | reader},
    )
    db.init_app(app)
    app.teardown_request(_end_session)
    with app.app_context():
        for bind, engine in db.engines.items():
            prepare_engine(engine, transactional=bind != READ_BIND)


def _end_session(_: BaseException | None) -> None:
    """Before Flask-SQLAlchemy does, which fails when the database has gone meanwhile: the answer is ready all the same."""
    try:
        db.session.remove()
    except DBAPIError:
        db.session.registry.clear()
