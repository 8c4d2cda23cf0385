"""How often a wrong password or code may be given for an account."""

from flask import current_app

from ..services.passwords import Tries
from ..settings import Settings


def tries() -> Tries:
    """The limit of sign-ins, on a count of its own."""
    settings: Settings = current_app.config["SETTINGS"]
    return Tries(current_app.extensions["counters"], settings.rate_limit_login)


def code_tries() -> Tries:
    """The same for the codes of two-step sign-in, wherever they are entered."""
    settings: Settings = current_app.config["SETTINGS"]
    return Tries(current_app.extensions["counters"], settings.rate_limit_login, "code of")
