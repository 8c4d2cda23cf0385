"""The second step of signing in: a code, after the password was right. Until then nobody is signed in."""

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import TooManyRequests
from ..services import sign_in
from ..services.tickets import TicketOver
from ..settings import Settings
from ..words import N_
from . import signing_in
from .blueprint import pages
from .login import allow_onward, safe_next
from .tries import code_tries


class CodeForm(FlaskForm):
    code = StringField(_("Code"), [InputRequired(_("Enter the code.")), Length(max=100)])


@pages.route("/login/code", methods=["GET", "POST"])
def login_code() -> Response | tuple[str, int]:
    """Enter the code, and go on to where one wanted to go."""
    onward = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(onward)
    form = CodeForm()
    try:
        sign_in.waiting_user(session.get(signing_in.WAITING, ""))
        if request.method == "GET" or not form.validate_on_submit():
            return _page(form, onward, 200 if request.method == "GET" else 400)
        return _try(form, onward)
    except TicketOver:
        session.pop(signing_in.WAITING, None)
        flash(N_("That took too long. Sign in once more."), "message")
        return redirect(url_for("pages.login", next=request.args.get("next")))
    except TooManyRequests as error:
        form.code.errors = [*form.code.errors, error.detail]
        return _page(form, onward, 429)


def _try(form: CodeForm, onward: str) -> Response | tuple[str, int]:
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work():
        user = sign_in.finish_second_step(
            session[signing_in.WAITING], form.code.data, keys=settings.keys, tries=code_tries(),
            address=request.remote_addr or "",
        )  # fmt: skip
    if user is None:
        form.code.errors = [*form.code.errors, N_("This code is wrong, or was used already.")]
        return _page(form, onward, 400)
    signing_in.open_session(user)
    return redirect(onward)


def _page(form: CodeForm, onward: str, status: int) -> tuple[str, int]:
    client = allow_onward(onward)
    page = render_template("pages/login_code.html", form=form, client_name=client.shown_name if client else None)
    return page, status
