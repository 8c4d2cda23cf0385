"""Signing in and out."""

from urllib.parse import parse_qs, urlsplit

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import TooManyRequests
from ..middleware import allow_redirects_to
from ..models import Client
from ..services import clients, login_sessions, sign_in
from ..services.audit import AuditKind
from ..settings import Settings
from ..words import N_
from . import signing_in
from .blueprint import pages

AUTHORIZE = "/uaa/oauth/authorize"


class LoginForm(FlaskForm):
    email = EmailField(_("Email"), [InputRequired(_("Enter your email address.")), Length(max=254)])
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password.")), Length(max=1000)])


@pages.route("/login", methods=["GET", "POST"])
def login() -> Response | tuple[str, int]:
    """Sign in, and go on to where one wanted to go."""
    onward = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(onward)
    form = LoginForm()
    if request.method == "GET":
        form.email.data = _parameter_of(onward, "login_hint")
        return _page(form, onward, None, 200)
    if not form.validate_on_submit():
        return _page(form, onward, None, 400)
    try:
        return _try(form, onward)
    except TooManyRequests as error:
        return _page(form, onward, error.detail, 429)


def _try(form: LoginForm, onward: str) -> Response | tuple[str, int]:
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work():
        user = sign_in.find_user(
            current_app.extensions["counters"], settings.rate_limit_login, email=form.email.data,
            password=form.password.data, address=request.remote_addr or "",
        )  # fmt: skip
    if user is None:
        return _page(form, onward, N_("The email address or the password is wrong."), 400)
    if signing_in.wait_for_code(user):
        return redirect(url_for("pages.login_code", next=request.args.get("next")))
    signing_in.open_session(user)
    return redirect(onward)


def _page(form: LoginForm, onward: str, problem: str | None, status: int) -> tuple[str, int]:
    client = allow_onward(onward)
    settings: Settings = current_app.config["SETTINGS"]
    page = render_template(
        "pages/login.html", form=form, problem=problem, client_name=client.shown_name if client else None,
        sign_up=url_for("pages.sign_up", next=request.args.get("next")) if settings.sign_up else None,
    )  # fmt: skip
    return page, status


def allow_onward(onward: str) -> Client | None:
    """Let the form of this page end at the callbacks of the app that asked, when an app did: it may be answered at once."""
    client_id = _parameter_of(onward, "client_id") if onward.startswith(AUTHORIZE) else None
    client = clients.find(client_id) if client_id else None
    for callback in client.callback_urls if client else ():
        allow_redirects_to(callback.url)
    return client


@pages.post("/logout")
def logout() -> Response:
    """Sign this browser out; a copy of its cookie is dead too."""
    if current_user.is_authenticated:
        with unit_of_work():
            sign_in.record(AuditKind.SIGNED_OUT, current_user, account=current_user.email)
            login_sessions.end(g.login_session)
        logout_user()
    session.clear()
    return redirect(safe_next(request.args.get("next"), otherwise=url_for("pages.login")))


@pages.get("/")
def home() -> Response:
    """The front door."""
    return redirect(url_for("pages.connected_apps"))


def safe_next(target: str | None, otherwise: str | None = None) -> str:
    """``target`` when it leads back to this site: a path, and nothing that a browser could read as another host."""
    otherwise = otherwise or url_for("pages.connected_apps")
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return otherwise
    if any(ord(character) <= 0x20 or ord(character) == 0x7F or character == "\\" for character in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def _parameter_of(address: str, name: str) -> str | None:
    return next(iter(parse_qs(urlsplit(address).query).get(name, [])), None)
