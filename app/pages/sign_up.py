"""Making an account and an organization of one's own, for strangers when the server lets them.

The address comes first and is confirmed by a letter; password and organization are asked for behind its link. So nothing
is kept of who doesn't follow it, nobody makes an account for another's address, and nobody learns who has one.
"""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import Conflict, Invalid, TooManyRequests
from ..models import LetterKind, TicketKind
from ..services import account_mail, tickets, users
from ..services.audit import Actor, act_as
from ..services.tickets import TicketOver
from ..settings import Settings
from ..words import N_
from . import link_over, signing_in
from .blueprint import pages
from .login import safe_next

LONGEST_NEXT = 2000


class SignUpForm(FlaskForm):
    email = EmailField(_("Email"), [InputRequired(_("Enter your email address.")), Length(max=254)])


class FinishForm(FlaskForm):
    organization = StringField(_("Organization"), [InputRequired(_("Enter your organization's name.")), Length(max=120)])
    password = PasswordField(_("Password"), [InputRequired(_("Choose a password.")), Length(max=1000)])


@pages.route("/signup", methods=["GET", "POST"])
def sign_up() -> str | Response | tuple[str, int]:
    """Ask for a link to make an account."""
    settings = _settings()
    onward = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(safe_next(onward))
    form = SignUpForm()
    if request.method == "GET" or not settings.sends_mail:
        return _page(form)
    if not form.validate_on_submit():
        return _page(form), 400
    asked = {"next": onward} if onward and len(onward) <= LONGEST_NEXT and safe_next(onward) == onward else {}
    try:
        with unit_of_work():
            email = account_mail.ask(
                current_app.extensions["counters"], settings.rate_limit_mail, LetterKind.SIGN_UP, email=form.email.data,
                address=request.remote_addr or "", **asked, language=str(get_locale()),
            )  # fmt: skip
    except (Invalid, TooManyRequests) as error:
        form.email.errors = [*form.email.errors, error.detail]
        return _page(form), 429 if isinstance(error, TooManyRequests) else 400
    return _page(form, sent_to=email)


@pages.route("/signup/finish", methods=["GET", "POST"])
def finish_sign_up() -> str | Response | tuple[str, int]:
    """Make the account, and sign in."""
    _settings()
    # In the query, which is never logged.
    secret = request.args.get("key", "")
    form = FinishForm()
    try:
        email = tickets.get(TicketKind.SIGN_UP, secret).email
        if request.method == "GET" or not form.validate_on_submit():
            return _finish(form, email), 200 if request.method == "GET" else 400
        act_as(Actor(name=email, address=request.remote_addr or ""))
        with unit_of_work():
            user = users.sign_up(secret, password=form.password.data, organization=form.organization.data)
    except (TicketOver, Conflict):
        ways = ("pages.login", link_over.SIGN_IN), ("pages.sign_up", link_over.AGAIN)
        return link_over.page(link_over.WITHIN_A_DAY, *ways)
    except Invalid as error:
        for name, sentences in error.errors.items():
            form[name].errors = [*form[name].errors, *sentences]
        return _finish(form, email), 400
    signing_in.open_session(user)
    flash(N_("Your account is made, and you are signed in."), "success")
    return redirect(safe_next(request.args.get("next")))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.sign_up:
        abort(404)
    return settings


def _page(form: SignUpForm, sent_to: str | None = None) -> str:
    login = url_for("pages.login", next=request.args.get("next"))
    return render_template("pages/sign_up.html", form=form, sent_to=sent_to, sends_mail=_settings().sends_mail, login=login)


def _finish(form: FinishForm, email: str) -> str:
    return render_template("pages/sign_up_finish.html", form=form, email=email)
