"""Setting a new password by a link that comes by mail. Nothing here tells who has an account."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import Invalid, TooManyRequests
from ..models import LetterKind, TicketKind
from ..services import account_mail, passwords, tickets
from ..services.tickets import TicketOver
from ..settings import Settings
from ..words import N_
from . import link_over
from .blueprint import pages


class ForgotForm(FlaskForm):
    email = EmailField(_("Email"), [InputRequired(_("Enter your email address.")), Length(max=254)])


class NewPasswordForm(FlaskForm):
    password = PasswordField(_("New password"), [InputRequired(_("Enter a new password.")), Length(max=1000)])


@pages.route("/password/forgot", methods=["GET", "POST"])
def forgot_password() -> str | tuple[str, int]:
    """Ask for a link to set a new password."""
    settings: Settings = current_app.config["SETTINGS"]
    form = ForgotForm()
    if request.method == "GET" or not settings.sends_mail:
        return _forgot(form)
    if not form.validate_on_submit():
        return _forgot(form), 400
    try:
        with unit_of_work():
            email = account_mail.ask(
                current_app.extensions["counters"], settings.rate_limit_mail, LetterKind.PASSWORD_RESET,
                email=form.email.data, address=request.remote_addr or "", language=str(get_locale()),
            )  # fmt: skip
    except (Invalid, TooManyRequests) as error:
        form.email.errors = [*form.email.errors, error.detail]
        return _forgot(form), 429 if isinstance(error, TooManyRequests) else 400
    return _forgot(form, sent_to=email)


@pages.route("/password/reset", methods=["GET", "POST"])
def reset_password() -> str | Response | tuple[str, int]:
    """Set a new password."""
    # In the query, which is never logged.
    secret = request.args.get("key", "")
    form = NewPasswordForm()
    try:
        if request.method == "GET" or not form.validate_on_submit():
            ticket = tickets.get(TicketKind.PASSWORD_RESET, secret)
            return _reset(form, ticket.email), 200 if request.method == "GET" else 400
        with unit_of_work():
            passwords.reset(secret, new=form.password.data, address=request.remote_addr or "")
    except TicketOver:
        return link_over.page(link_over.WITHIN_AN_HOUR, ("pages.forgot_password", link_over.AGAIN))
    except Invalid as error:
        form.password.errors = [*form.password.errors, error.detail]
        return _reset(form, tickets.get(TicketKind.PASSWORD_RESET, secret).email), 400
    flash(N_("Your password is changed, and every browser is signed out. Sign in with the new one."), "success")
    return redirect(url_for("pages.login"))


def _forgot(form: ForgotForm, sent_to: str | None = None) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return render_template("pages/password_forgot.html", form=form, sent_to=sent_to, sends_mail=settings.sends_mail)


def _reset(form: NewPasswordForm, email: str) -> str:
    return render_template("pages/password_reset.html", form=form, email=email)
