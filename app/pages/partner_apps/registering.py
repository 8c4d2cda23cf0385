"""Registering a partner app. Its secret is shown once, in the answer to the form."""

from flask import Response, jsonify, render_template, request
from flask_login import login_required

from ... import scopes
from ...database import unit_of_work
from ...errors import Invalid
from ...languages import say
from ...services import callbacks, clients
from ..access import managing_membership
from ..blueprint import pages
from .fields import AppFields
from .own import page_of
from .snippets import dot_env


@pages.route("/settings/partner-apps/new", methods=["GET", "POST"])
@login_required
def register_partner_app() -> str | tuple[str, int]:
    """Register an app."""
    organization = managing_membership().organization
    if request.method == "GET":
        return _form(AppFields())
    fields = AppFields.typed()
    wanted = fields.registration
    try:
        with unit_of_work():
            client, secret = clients.register(
                organization, name=wanted.name, callback_urls=wanted.callback_urls, scope=wanted.scope, public=wanted.public
            )
    except Invalid as error:
        fields.errors = error.errors
        return _form(fields), 400
    return page_of(client, "registered.html", secret=secret, dot_env=dot_env(client, secret))


def _form(fields: AppFields) -> str:
    return render_template(
        "pages/partner_apps/new.html", fields=fields, rights=scopes.RIGHTS, scopes=scopes.SCOPES,
        general_sentence=scopes.GENERAL.allows,
    )  # fmt: skip


@pages.get("/settings/partner-apps/check-callback")
@login_required
def check_callback() -> Response:
    """Whether a callback URL may be registered, by the rule that decides on the form too. Changes nothing."""
    managing_membership()
    problem = callbacks.problem(request.args.get("url", ""), public=request.args.get("client_type") == "public")
    response = jsonify(problem=say(problem) if problem else None)
    response.headers["Cache-Control"] = "no-store"
    return response
