"""Changing one's address: asked for on the account's page, confirmed by a link in a letter to the new one."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import Conflict, Invalid, TooManyRequests
from ..models import TicketKind
from ..services import emails, tickets
from ..services.tickets import TicketOver
from ..settings import Settings
from ..words import N_
from . import link_over
from .blueprint import pages
from .tries import tries

Answer = str | Response | tuple[str, int]


class EmailForm(FlaskForm):
    email = EmailField(_("New email"), [InputRequired(_("Enter the new address.")), Length(max=254)])
    present = PasswordField(_("Present password"), [InputRequired(_("Enter your present password.")), Length(max=1000)])


class ConfirmForm(FlaskForm):
    """A button: programs that look at every link in a letter must change nothing."""


@pages.route("/settings/account/email", methods=["GET", "POST"])
@login_required
def change_email() -> Answer:
    """Ask for another address."""
    settings: Settings = current_app.config["SETTINGS"]
    form = EmailForm()
    if request.method == "GET" or not settings.sends_mail:
        return _page(form)
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        with unit_of_work():
            sent_to = emails.ask(
                current_user, form.email.data, password=form.present.data, tries=tries(), rate=settings.rate_limit_mail,
                address=request.remote_addr or "",
            )  # fmt: skip
    except Invalid as error:
        for name, sentences in error.errors.items():
            form[name].errors = [*form[name].errors, *sentences]
        return _page(form), 400
    except TooManyRequests as error:
        form.present.errors = [*form.present.errors, error.detail]
        return _page(form), 429
    return _page(form, sent_to=sent_to)


@pages.route("/account/email", methods=["GET", "POST"])
def confirm_email() -> Answer:
    """Confirm the new address, in whichever browser the letter is read."""
    # In the query, which is never logged.
    secret = request.args.get("key", "")
    form = ConfirmForm()
    try:
        if request.method == "GET" or not form.validate_on_submit():
            ticket = tickets.get(TicketKind.EMAIL_CHANGE, secret)
            return render_template("pages/email_confirm.html", form=form, email=ticket.email)
        with unit_of_work():
            emails.confirm(secret, address=request.remote_addr or "")
    except (TicketOver, Conflict):
        return link_over.page(link_over.WITHIN_A_DAY, ("pages.account", link_over.ACCOUNT))
    flash(N_("Your address is changed. Sign in with the new one from now on."), "success")
    return redirect(url_for("pages.account") if current_user.is_authenticated else url_for("pages.login"))


def _page(form: EmailForm, sent_to: str | None = None) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return render_template("pages/email_change.html", form=form, sent_to=sent_to, sends_mail=settings.sends_mail)
