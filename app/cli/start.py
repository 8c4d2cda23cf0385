"""``start``: from nothing to a running server, with words for people. What ``make run`` does once all is installed."""

import sys

import click
from flask import Flask
from flask.cli import ScriptInfo, pass_script_info
from sqlalchemy.exc import DBAPIError, OperationalError

from .. import listening, migrating
from ..database import unit_of_work
from ..services import callbacks
from ..services import demo as rules
from ..services.audit import Actor, act_as
from ..services.demo import Demo
from ..settings import ROOT, Settings, SettingsError
from .demo import authorize_url

FLASK = ".venv/bin/flask --app wsgi"


@click.command("start")
@pass_script_info
def start(script: ScriptInfo) -> None:
    """Migrate the database, make the demo when it is empty, and serve on 127.0.0.1 and PORT."""
    from gunicorn.app.wsgiapp import WSGIApplication  # of no use to the other commands

    app = script.load_app()
    with app.app_context():
        click.echo(_prepare(app))
    # In this process, which has everything loaded: a new one would start a second later.
    sys.argv = ["gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    WSGIApplication().run()


def _prepare(app: Flask) -> str:
    """Make everything ready, and give the words for it."""
    settings: Settings = app.config["SETTINGS"]
    act_as(Actor(name="command line"))
    try:
        listening.check_free(listening.HOST, listening.port())
        migrating.upgrade()
        demo = _demo(settings)
    except SettingsError as error:
        sys.exit(f"Can't start: {error}")
    except OperationalError as error:
        sys.exit(f"Can't start: the database can't be used: {_first_line(error)}")
    return _welcome(settings, demo)


def _demo(settings: Settings) -> Demo | None:
    """The demo, made when the database is empty; not on a public address, where its known password would be an open door."""
    with unit_of_work():
        demo = rules.find()
        if demo is None and rules.is_possible() and callbacks.is_loopback(settings.host):
            demo = rules.make()
    return demo


def _welcome(settings: Settings, demo: Demo | None) -> str:
    lines = [f"\nUAA on {settings.issuer}"]
    if settings.base_url:
        lines += [f"  Listening       http://{listening.HOST}:{listening.port()}"]
    if demo is None:
        lines += [f"  First account   {FLASK} users create --email ... --password ... --organization ..."]
    else:
        secret = demo.client_secret or f"shown when it was made; for another: {FLASK} apps add-secret {demo.client_id}"
        lines += [
            f"  Demo sign-in    {rules.EMAIL}  password: {rules.PASSWORD}",
            f"  Authorize link  {authorize_url(demo)}",
            f"  Its callback    {rules.CALLBACK_URL} (nothing needs to listen there: copy the code from the address)",
            f"  App's secret    {secret}" + (" (shown this once)" if demo.client_secret else ""),
        ]
    return "\n".join([*lines, "  Stop            Ctrl-C\n"])


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().split("\n")[0]
