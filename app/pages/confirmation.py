"""The page behind the link in an email of double opt-in."""

from flask import current_app, render_template, request

from ..database import unit_of_work
from ..services import confirmations
from .blueprint import pages


@pages.get("/confirm/<token>")
def confirm_subscription(token: str) -> str:
    """Confirm an address. Programs that only look whether the address answers (HEAD) confirm nothing."""
    if request.method == "HEAD":
        return ""
    with unit_of_work():
        organization = confirmations.confirm(current_app.config["SETTINGS"].keys, token)
    return render_template("pages/confirmed.html", organization_name=organization.name)
