"""The callback at which an app's own developers try it out, on this site; to everybody else it isn't one."""

from flask import current_app
from flask_login import current_user

from ..models import Client
from ..services import test_callbacks
from ..settings import Settings


def is_open(url: str, client: Client) -> bool:
    """Whether ``url`` is the test callback of ``client``, and the person in front of the browser may use it."""
    settings: Settings = current_app.config["SETTINGS"]
    return current_user.is_authenticated and test_callbacks.may_use(current_user, client, url, issuer=settings.issuer)
