"""Invitations: made by those who manage an organization, and answered by whom they are for."""

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, RadioField
from wtforms.validators import InputRequired, Length

from ..database import unit_of_work
from ..errors import Conflict, Invalid
from ..models import Role
from ..services import invitations, members, organizations, users
from ..services.audit import Actor, act_as
from ..settings import Settings
from ..words import N_
from . import signing_in
from .access import managing_membership
from .blueprint import pages
from .members import ROLES


class InvitationForm(FlaskForm):
    email = EmailField(_("Email"), [InputRequired(_("Enter the person's email address.")), Length(max=254)])
    role = RadioField(_("Role"), default=Role.MEMBER.value)


class NewAccountForm(FlaskForm):
    password = PasswordField(_("Password"), [InputRequired(_("Choose a password.")), Length(max=1000)])


@pages.route("/settings/members/invite", methods=["GET", "POST"])
@login_required
def invite_member() -> str | tuple[str, int]:
    """Invite somebody, by a letter; the link is also shown, once."""
    place = managing_membership()
    form = InvitationForm()
    choices = members.appointable(place)
    # Also what is not offered: who asks for it all the same is told why not.
    form.role.choices = [(role.value, ROLES[role][0]) for role in Role]
    status = 200 if request.method == "GET" else 400
    if form.validate_on_submit():
        settings: Settings = current_app.config["SETTINGS"]
        try:
            with unit_of_work():
                issued = invitations.invite(form.email.data, Role(form.role.data), by=place, keys=settings.keys)
        except (Invalid, Conflict) as error:
            form.email.errors = [*form.email.errors, error.detail]
        else:
            link = settings.issuer + url_for("pages.invitation", key=issued.plain)
            return render_template(
                "pages/invitation_link.html", invitation=issued.record, link=link, is_sent=settings.sends_mail
            )
    return render_template("pages/invite.html", form=form, choices=choices, roles=ROLES), status


@pages.post("/settings/members/invitations/<int:invitation_id>/withdraw")
@login_required
def withdraw_invitation(invitation_id: int) -> Response:
    """End an invitation."""
    place = managing_membership()
    with unit_of_work():
        invitations.withdraw(place.organization, invitation_id)
    flash(N_("The invitation is withdrawn. Its link has stopped working."), "success")
    return redirect(url_for("pages.list_members"))


@pages.route("/invitation", methods=["GET", "POST"])
def invitation() -> str | Response | tuple[str, int]:
    """Answer an invitation, with the account of its address or by making one."""
    # In the query, which is never logged.
    secret = request.args.get("key", "")
    found = invitations.get(secret)
    form = NewAccountForm()
    has_account = users.find(found.email) is not None
    if request.method == "GET" or (not current_user.is_authenticated and not form.validate_on_submit()):
        page = render_template("pages/invitation.html", invitation=found, form=form, has_account=has_account, secret=secret)
        return page, 200 if request.method == "GET" else 400
    try:
        with unit_of_work():
            if current_user.is_authenticated:
                place = invitations.accept(secret, current_user)
            else:
                act_as(Actor(name=found.email, address=request.remote_addr or ""))
                place = invitations.accept_as_new(secret, password=form.password.data)
            user = place.user
            organizations.remember(user, place.organization)
            number, name = place.organization_id, place.organization.name
    except (Invalid, Conflict) as error:
        form.password.errors = [*form.password.errors, error.detail]
        page = render_template("pages/invitation.html", invitation=found, form=form, has_account=has_account, secret=secret)
        return page, 400
    if not current_user.is_authenticated:
        signing_in.open_session(user)
    session["organization_id"] = number
    flash(gettext("You are a member of %(name)s now.", name=name), "success")
    return redirect(url_for("pages.connected_apps"))
