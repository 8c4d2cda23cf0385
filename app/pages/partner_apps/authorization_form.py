"""What account owners see of a partner app: its name, its logo, and the page on which they decide."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from ... import scopes
from ...database import unit_of_work
from ...errors import Invalid
from ...middleware import allow_framing_here
from ...models import Client
from ...services import callbacks, client_settings, consent, end_dates, logos
from ...services.logos import Logo
from ...words import N_
from ..access import membership
from ..blueprint import pages
from .own import ADDRESS, own_app, page_of


@pages.route(f"{ADDRESS}/authorization-form", methods=["GET", "POST"])
@login_required
def edit_authorization_form(client_id: str) -> str | tuple[str, int] | Response:
    """Shown name and logo."""
    client = own_app(client_id)
    if request.method == "GET":
        return _form(client, client.consent_name or "", {})
    shown_name = request.form.get("shown_name", "")
    try:
        logo = _uploaded()
        with unit_of_work():
            client_settings.change_form(own_app(client_id), shown_name=shown_name, logo=logo)
    except Invalid as error:
        return _form(own_app(client_id), shown_name, error.errors), 400
    flash(N_("Your changes are saved."), "success")
    return redirect(url_for("pages.edit_authorization_form", client_id=client_id))


def _uploaded() -> Logo | None:
    upload = request.files.get("logo")
    if upload is None or not upload.filename:
        return None
    return logos.read(upload.read(logos.MAX_BYTES + 1))


def _form(client: Client, shown_name: str, errors: dict[str, list[str]]) -> str:
    return page_of(
        client, "authorization_form.html", shown_name=shown_name, errors=errors, max_bytes=logos.MAX_BYTES,
        max_side=logos.MAX_SIDE,
    )  # fmt: skip


@pages.post(f"{ADDRESS}/authorization-form/remove-logo")
@login_required
def remove_logo(client_id: str) -> Response:
    """Take the logo away."""
    with unit_of_work():
        client_settings.remove_logo(own_app(client_id))
    flash(N_("The logo is removed."), "success")
    return redirect(url_for("pages.edit_authorization_form", client_id=client_id))


@pages.get(f"{ADDRESS}/preview")
@login_required
def preview_authorization_form(client_id: str) -> str:
    """The page on which account owners decide, as this app brings them to it; without effect."""
    client = own_app(client_id)
    allow_framing_here()
    place = membership()
    callback = client.callback_urls[0].url if client.callback_urls else ""
    return render_template(
        "oauth/authorize.html",
        client=client,
        callback_host=callbacks.host_of(callback) if callback else "–",
        on_a_device=client.is_public and bool(callback) and callbacks.leads_to_a_device(callback),
        resource_server=None,
        user_email=current_user.email,
        organizations=[place.organization],
        chosen_organization=place.organization_id,
        asks=consent.describe(client.scope),
        general_sentence=scopes.GENERAL.allows,
        withheld=[scope.withholds for scope in scopes.withheld(client.scope)],
        end=end_dates.offer(None),
        problem=None,
        reapproval=False,
        preview=True,
        may_script=False,
    )
