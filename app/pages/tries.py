"""How often a signed-in person may give a wrong password or code, and how often anybody may ask for letters."""

from flask import current_app

from ..services.passwords import Tries
from ..settings import Settings


def tries() -> Tries:
    """The limit of sign-ins, on a count of its own."""
    settings: Settings = current_app.config["SETTINGS"]
    return Tries(current_app.extensions["counters"], settings.rate_limit_login)
