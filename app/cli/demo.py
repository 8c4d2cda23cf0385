"""``demo``: something to try in an empty database."""

from typing import Any
from urllib.parse import urlencode

import click
from flask import current_app
from flask.cli import with_appcontext

from ..database import unit_of_work
from ..services import demo as rules
from ..services.demo import Demo
from ..settings import Settings
from .json_commands import JsonCommand


@click.command("demo", cls=JsonCommand)
@with_appcontext
def demo() -> dict[str, Any]:
    """Make the demo in an empty database, or show it again. Its password is public: never where others get in."""
    with unit_of_work():
        made = rules.find() or rules.make()
    app = {"client_id": made.client_id, "client_secret": made.client_secret, "callback_url": rules.CALLBACK_URL}
    return {
        "sign_in": {"email": rules.EMAIL, "password": rules.PASSWORD, "organization": rules.ORGANIZATION},
        "developer_sign_in": {
            "email": rules.DEVELOPER_EMAIL,
            "password": rules.PASSWORD,
            "organization": rules.DEVELOPER,
        },
        "app": {name: value for name, value in app.items() if value is not None},
        "authorize_url": authorize_url(made),
    }


def authorize_url(demo: Demo) -> str:
    """The link by which the demo app asks for access."""
    settings: Settings = current_app.config["SETTINGS"]
    parameters = {
        "response_type": "code",
        "client_id": demo.client_id,
        "redirect_uri": rules.CALLBACK_URL,
        "state": "demo",
    }
    return f"{settings.issuer}/uaa/oauth/authorize?{urlencode(parameters)}"
