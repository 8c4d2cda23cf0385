"""The web view of messages: foreign HTML, shown contained."""

from flask import Response, current_app, render_template

from ..middleware import contain_foreign_html
from ..services import web_views
from ..services.public_links import PublicLinks
from .blueprint import pages


@pages.get("/view/<token>")
def view_message(token: str) -> Response:
    """A stored email, for whoever has its link."""
    return _shown(*web_views.of_message(_links(), token))


@pages.get("/letter/<token>")
def view_letter(token: str) -> Response:
    """An email as its recipient got it."""
    return _shown(*web_views.of_letter(_links(), token))


def _links() -> PublicLinks:
    return PublicLinks(current_app.config["SETTINGS"])


def _shown(subject: str, html: str) -> Response:
    contain_foreign_html()
    response = Response(render_template("pages/foreign.html", subject=subject, html=html), mimetype="text/html")
    response.headers["X-Robots-Tag"] = "noindex"
    return response
