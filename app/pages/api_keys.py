"""API keys: credentials for the organization's own scripts. A secret is shown once, in the answer to the form."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from .. import scopes
from ..clock import now
from ..database import unit_of_work
from ..errors import Conflict, Invalid
from ..languages import say
from ..models import ApiKey, CredentialKind, Membership
from ..secret_values import Issued
from ..services import api_keys, usage
from . import paging
from .access import managing_membership, membership
from .blueprint import pages
from .rights import describe

PAGE = 20

LIFETIMES = [
    SelectChoice("", _("Never")),
    SelectChoice("30", _("In 30 days")),
    SelectChoice("90", _("In 90 days")),
    SelectChoice("365", _("In a year")),
]
OVERLAPS = [
    SelectChoice("0", _("At once")),
    SelectChoice("1", _("After an hour")),
    SelectChoice("24", _("After a day")),
    SelectChoice("168", _("After a week")),
]


class NewKeyForm(FlaskForm):
    label = StringField(_("Label"), [InputRequired(_("Say what the key is for.")), Length(max=80)])
    lifetime = SelectField(_("Expires"), choices=LIFETIMES)


class RotateForm(FlaskForm):
    overlap = SelectField(_("The old key stops working"), choices=OVERLAPS, default="24")


@pages.get("/settings/api-keys")
@login_required
def list_api_keys() -> str:
    """The organization's keys."""
    place = membership()
    words = paging.words()
    part = paging.part_of(api_keys.search(place.organization, words, limit=PAGE + 1, before=paging.before()), PAGE)
    used = usage.last_used(CredentialKind.API_KEY, [key.id for key in part.items])
    return render_template(
        "pages/api_keys.html",
        part=part,
        words=words,
        keys=[_shown(key, used.get(key.id)) for key in part.items],
        may_manage=place.may_manage,
        rotate_form=RotateForm(),
    )


@pages.route("/settings/api-keys/new", methods=["GET", "POST"])
@login_required
def new_api_key() -> str | tuple[str, int]:
    """Make a key."""
    place = managing_membership()
    form = NewKeyForm()
    if not form.validate_on_submit():
        return _form(form, 400 if request.method == "POST" else 200)
    days = int(form.lifetime.data) if form.lifetime.data else None
    try:
        with unit_of_work():
            issued = api_keys.create(
                place.organization, author=current_user, label=form.label.data,
                scope=scopes.join(request.form.getlist("scope")),
                expires_at=now() + timedelta(days=days) if days else None,
            )  # fmt: skip
    except Invalid as error:
        form.label.errors = [*form.label.errors, *error.errors.get("label", [])]
        return _form(form, 400)
    return _secret(issued)


@pages.post("/settings/api-keys/<int:key_id>/rotate")
@login_required
def rotate_api_key(key_id: int) -> str | Response:
    """Make the successor of a key."""
    form = RotateForm()
    hours = int(form.overlap.data) if form.validate_on_submit() else 24
    place = managing_membership()
    try:
        with unit_of_work():
            issued = api_keys.rotate(
                api_keys.get(place.organization, key_id), author=current_user, overlap=timedelta(hours=hours)
            )
    except Conflict as error:
        flash(say(error.detail), "error")
        return redirect(url_for("pages.list_api_keys"))
    return _secret(issued, hours=hours)


@pages.post("/settings/api-keys/<int:key_id>/<any(enable, disable, revoke):action>")
@login_required
def change_api_key(key_id: int, action: str) -> Response:
    """Switch a key off or on, or end it."""
    place = managing_membership()
    try:
        with unit_of_work():
            label = _change(place, key_id, action)
    except Conflict as error:
        flash(say(error.detail), "error")
    else:
        flash(_changed(label, action), "success")
    return redirect(url_for("pages.list_api_keys"))


def _change(place: Membership, key_id: int, action: str) -> str:
    key = api_keys.get(place.organization, key_id)
    if action == "revoke":
        api_keys.revoke(key)
    else:
        api_keys.set_enabled(key, action == "enable")
    return key.label


def _changed(label: str, action: str) -> str:
    said = {
        "enable": gettext("The key “%(label)s” works again.", label=label),
        "disable": gettext("The key “%(label)s” is switched off.", label=label),
        "revoke": gettext("The key “%(label)s” is revoked.", label=label),
    }
    return str(said[action])


def _form(form: NewKeyForm, status: int) -> tuple[str, int]:
    page = render_template(
        "pages/api_key_new.html", form=form, scopes=scopes.SCOPES,
        chosen=request.form.getlist("scope"), general_sentence=scopes.GENERAL.allows,
    )  # fmt: skip
    return page, status


def _secret(issued: Issued[ApiKey], hours: int | None = None) -> str:
    return render_template("pages/api_key_secret.html", key=issued.record, secret=issued.plain, hours=hours)


def _shown(key: ApiKey, last_used_at: Any) -> dict[str, Any]:
    expired = key.expires_at is not None and key.expires_at <= now()
    state = "revoked" if key.revoked_at else "expired" if expired else "disabled" if key.disabled_at else "active"
    return {"key": key, "state": state, "rights": describe(key.scope), "last_used_at": last_used_at}
