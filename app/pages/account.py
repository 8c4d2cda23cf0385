"""One's own account: the password, and the browsers in which one is signed in."""

from flask import flash, g, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import Invalid, TooManyRequests
from ..services import login_sessions, passwords, second_factor, sign_in
from ..services.audit import AuditKind
from ..words import N_
from .blueprint import pages
from .tries import tries
from .user_agents import describe


class PasswordForm(FlaskForm):
    present = PasswordField(_("Present password"), [InputRequired(_("Enter your present password.")), Length(max=1000)])
    password = PasswordField(_("New password"), [InputRequired(_("Enter a new password.")), Length(max=1000)])


@pages.route("/settings/account", methods=["GET", "POST"])
@login_required
def account() -> str | Response | tuple[str, int]:
    """The account, and the form that changes the password."""
    form = PasswordForm()
    if request.method == "GET":
        return _page(form)
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        with unit_of_work():
            passwords.change(
                current_user, present=form.present.data, new=form.password.data, keep=g.login_session, tries=tries()
            )
    except Invalid as error:
        for name, sentences in error.errors.items():
            field = form[name]
            field.errors = [*field.errors, *sentences]
        return _page(form), 400
    except TooManyRequests as error:
        form.present.errors = [*form.present.errors, error.detail]
        return _page(form), 429
    flash(N_("Your password is changed. Other browsers are signed out."), "success")
    return redirect(url_for("pages.account"))


@pages.post("/settings/account/sessions/<int:session_id>/end")
@login_required
def end_session(session_id: int) -> Response:
    """Sign one browser out."""
    with unit_of_work():
        login_sessions.end(login_sessions.get(current_user, session_id))
    flash(N_("That browser is signed out."), "success")
    return redirect(url_for("pages.account"))


@pages.post("/settings/account/sessions/end")
@login_required
def end_all_sessions() -> Response:
    """Sign out everywhere, here too."""
    with unit_of_work():
        sign_in.record(AuditKind.SIGNED_OUT, current_user, account=current_user.email)
        login_sessions.end_all(current_user)
    logout_user()
    session.clear()
    flash(N_("You are signed out everywhere."), "success")
    return redirect(url_for("pages.login"))


def _page(form: PasswordForm) -> str:
    return render_template(
        "pages/account.html",
        form=form,
        second_factor=second_factor.find(current_user),
        codes_left=second_factor.codes_left(current_user),
        sessions=[
            {"row": row, "browser": describe(row.user_agent), "is_this": row.id == g.login_session.id}
            for row in login_sessions.list_of(current_user)
        ],
    )
