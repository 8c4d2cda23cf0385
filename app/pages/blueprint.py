"""The blueprint of the pages; each file adds its own to it."""

from flask import Blueprint, abort, request

pages = Blueprint("pages", __name__)


@pages.before_request
def take_forms_only() -> None:
    """Refuse JSON: browsers send forms, and Flask-WTF would read JSON of any shape as one."""
    if request.is_json:
        abort(415)
