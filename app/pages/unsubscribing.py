"""Unsubscribing by the link in an email: a page with one button, and the one click of mail programs (RFC 8058)."""

from flask import current_app, render_template

from ..database import unit_of_work
from ..extensions import csrf
from ..services import opting_out
from ..services.public_links import PublicLinks
from .blueprint import pages


@pages.get("/unsubscribe/<token>")
def unsubscribing(token: str) -> str:
    """Ask. Programs that look at every link in a mail must not unsubscribe anybody."""
    organization = opting_out.organization_of(_interaction(token))
    return render_template("pages/unsubscribe.html", organization_name=organization.name, done=False)


# Mail programs post without having seen the page; the token is secret enough.
@csrf.exempt
@pages.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> str:
    """Unsubscribe the address."""
    with unit_of_work():
        name = opting_out.opt_out(_interaction(token)).name
    return render_template("pages/unsubscribe.html", organization_name=name, done=True)


def _interaction(token: str) -> str:
    return PublicLinks(current_app.config["SETTINGS"]).read_unsubscribe(token)
