"""Name, callback URLs and access scopes of a partner app."""

from flask import flash, redirect, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from ... import scopes
from ...database import unit_of_work
from ...errors import Invalid
from ...models import Client
from ...services import client_settings
from ...words import N_
from ..blueprint import pages
from .fields import AppFields
from .own import ADDRESS, own_app, page_of, settings


@pages.route(ADDRESS, methods=["GET", "POST"])
@login_required
def edit_partner_app(client_id: str) -> str | tuple[str, int] | Response:
    """What the app is."""
    client = own_app(client_id)
    if request.method == "GET":
        return _form(client, AppFields.of(client))
    fields = AppFields.typed(public=client.is_public)
    try:
        with unit_of_work():
            client_settings.change(own_app(client_id), fields.registration, fields.advanced)
    except Invalid as error:
        fields.errors = error.errors
        return _form(own_app(client_id), fields), 400
    flash(N_("Your changes are saved."), "success")
    return redirect(url_for("pages.edit_partner_app", client_id=client_id))


def _form(client: Client, fields: AppFields) -> str:
    return page_of(
        client, "general.html", fields=fields, rights=scopes.RIGHTS, scopes=scopes.SCOPES,
        general_sentence=scopes.GENERAL.allows, usual=settings(),
        access_bounds=client_settings.ACCESS_TTL, refresh_bounds=client_settings.REFRESH_TTL,
    )  # fmt: skip
