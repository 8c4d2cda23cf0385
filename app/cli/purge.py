"""``purge``: delete what has expired."""

import click
from flask import current_app
from flask.cli import with_appcontext

from ..database import unit_of_work
from ..services import purge as rules
from ..settings import Settings
from .json_commands import JsonCommand


@click.command("purge", cls=JsonCommand)
@with_appcontext
def purge() -> dict[str, int]:
    """Delete what has expired, in small steps; safe to run at any time."""
    settings: Settings = current_app.config["SETTINGS"]
    return rules.everything(unit_of_work, grace=settings.refresh_grace)
