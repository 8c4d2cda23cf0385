"""Two-step sign-in on the account page: turning it on and off, and new recovery codes."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import Invalid, NotFound, TooManyRequests
from ..languages import say
from ..services import passwords, second_factor
from ..services.second_factor import Setup
from ..settings import Settings
from ..words import N_
from .blueprint import pages
from .tries import code_tries, tries

Answer = str | Response | tuple[str, int]


class BeginForm(FlaskForm):
    present = PasswordField(_("Present password"), [InputRequired(_("Enter your present password.")), Length(max=1000)])


class CodeForm(FlaskForm):
    code = StringField(_("Code"), [InputRequired(_("Enter the code.")), Length(max=100)])


class ChangeForm(BeginForm, CodeForm):
    """The password, and a code besides."""


@pages.route("/settings/account/second-step", methods=["GET", "POST"])
@login_required
def second_step() -> Answer:
    """Turn two-step sign-in on, or say how to change it."""
    if second_factor.find(current_user) is not None:
        return _change_page(ChangeForm())
    form = BeginForm()
    if request.method == "GET" or not form.validate_on_submit():
        return _begin_page(form), 200 if request.method == "GET" else 400
    try:
        with unit_of_work():
            passwords.check(current_user, form.present.data, tries())
            setup = second_factor.begin(current_user, _settings().keys)
    except (Invalid, TooManyRequests) as error:
        return _begin_page(_with_errors(form, error)), _status(error)
    # The confirmation's form: what was typed into this one is none of its business.
    return _setup_page(CodeForm(formdata=None), setup)


@pages.post("/settings/account/second-step/confirm")
@login_required
def confirm_second_step() -> Answer:
    """Turn it on, by a code."""
    form = CodeForm()
    keys = _settings().keys
    try:
        if not form.validate_on_submit():
            return _setup_page(form, second_factor.pending(current_user, keys)), 400
        with unit_of_work():
            codes = second_factor.confirm(current_user, form.code.data, keys, code_tries())
    except NotFound as error:
        flash(say(error.detail), "error")
        return redirect(url_for("pages.second_step"))
    except (Invalid, TooManyRequests) as error:
        return _setup_page(_with_errors(form, error), second_factor.pending(current_user, keys)), _status(error)
    flash(N_("Two-step sign-in is on."), "success")
    return render_template("pages/recovery_codes.html", codes=codes)


@pages.post("/settings/account/second-step/off")
@login_required
def turn_second_step_off() -> Answer:
    """Turn it off, by password and code."""
    form = ChangeForm()
    if not form.validate_on_submit():
        return _change_page(form), 400
    try:
        with unit_of_work():
            _check_both(form)
            second_factor.turn_off(current_user)
    except (Invalid, TooManyRequests) as error:
        return _change_page(_with_errors(form, error)), _status(error)
    flash(N_("Two-step sign-in is off."), "success")
    return redirect(url_for("pages.account"))


@pages.post("/settings/account/second-step/recovery-codes")
@login_required
def renew_recovery_codes() -> Answer:
    """Make new recovery codes, by password and code."""
    form = ChangeForm()
    if not form.validate_on_submit():
        return _change_page(form), 400
    try:
        with unit_of_work():
            _check_both(form)
            codes = second_factor.renew_codes(current_user)
    except (Invalid, TooManyRequests) as error:
        return _change_page(_with_errors(form, error)), _status(error)
    return render_template("pages/recovery_codes.html", codes=codes)


def _check_both(form: ChangeForm) -> None:
    passwords.check(current_user, form.present.data, tries())
    second_factor.check(current_user, form.code.data, _settings().keys, code_tries())


def _with_errors(form: FlaskForm, error: Invalid | TooManyRequests) -> FlaskForm:
    last = "code" if "code" in form else "present"
    errors = error.errors if isinstance(error, Invalid) else {last: [error.detail]}
    for name, sentences in errors.items():
        form[name].errors = [*form[name].errors, *sentences]
    return form


def _status(error: Invalid | TooManyRequests) -> int:
    return 429 if isinstance(error, TooManyRequests) else 400


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _begin_page(form: FlaskForm) -> str:
    return render_template("pages/second_step_begin.html", form=form)


def _setup_page(form: FlaskForm, setup: Setup) -> str:
    import segno  # for this page alone

    picture = segno.make(setup.address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    groups = [setup.secret[start : start + 4] for start in range(0, len(setup.secret), 4)]
    return render_template("pages/second_step_setup.html", form=form, picture=picture, secret=" ".join(groups))


def _change_page(form: FlaskForm) -> str:
    return render_template(
        "pages/second_step_change.html", form=form, codes_left=second_factor.codes_left(current_user)
    )  # fmt: skip
