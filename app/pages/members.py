"""Members: who belongs to the organization, in which role; leaving it, and going over to another one."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from ..database import unit_of_work
from ..errors import Conflict
from ..languages import say
from ..models import Invitation, Membership, Role
from ..services import invitations, members, organizations
from ..words import N_
from . import paging
from .access import managing_membership, membership
from .blueprint import pages
from .paging import Part

PAGE = 25
INVITED, INVITED_BEFORE = 10, "invited_before"

ROLES = {
    Role.OWNER: (N_("Owner"), N_("Everything, and appoints other owners.")),
    Role.ADMIN: (N_("Admin"), N_("Connects apps, makes API keys, registers apps, and invites people.")),
    Role.MEMBER: (N_("Member"), N_("Sees what is connected, and changes nothing.")),
}
# As they stand inside of sentences, by the value of a role.
ROLE_WORDS = (N_("owner"), N_("admin"), N_("member"))


@pages.get("/settings/organization")
@login_required
def organization() -> Response:
    """The organization's settings begin with its people."""
    return redirect(url_for("pages.list_members"))


@pages.get("/settings/members")
@login_required
def list_members() -> str:
    """The organization's people."""
    place = membership()
    words, after = paging.words(), paging.before()
    part = paging.part_of(members.search(place.organization, words, limit=PAGE + 1, after=after), PAGE)
    owners = members.count_owners(place.organization)
    return render_template(
        "pages/members.html",
        part=part,
        words=words,
        people=[_shown(person, place, is_last_owner=owners == 1 and person.role is Role.OWNER) for person in part.items],
        place=place,
        roles=ROLES,
        invited=_invited(place, words),
    )


def _invited(place: Membership, words: str) -> Part[Invitation]:
    """The invitations that wait, for those who may withdraw them."""
    if not place.may_manage:
        return Part(items=[], is_later=False, has_more=False)
    before = paging.before(INVITED_BEFORE)
    found = invitations.search(place.organization, words, limit=INVITED + 1, before=before)
    return paging.part_of(found, INVITED, INVITED_BEFORE)


@pages.post("/settings/members/<int:user_id>/role")
@login_required
def change_role(user_id: int) -> Response:
    """Give a member another role."""
    place = managing_membership()
    role = _role()
    try:
        with unit_of_work():
            person = members.get(place.organization, user_id)
            members.appoint(person, role, by=place)
            email = person.user.email
    except Conflict as error:
        flash(say(error.detail), "error")
    else:
        flash(_new_role(email, role), "success")
    return redirect(url_for("pages.list_members"))


@pages.post("/settings/members/<int:user_id>/remove")
@login_required
def remove_member(user_id: int) -> Response:
    """Take a member out of the organization, or leave it."""
    place = membership()
    name = place.organization.name
    is_leaving = user_id == current_user.id
    try:
        with unit_of_work():
            person = members.get(place.organization, user_id)
            email = person.user.email
            members.remove(person, by=place)
    except Conflict as error:
        flash(say(error.detail), "error")
        return redirect(url_for("pages.list_members"))
    if not is_leaving:
        flash(gettext("%(email)s is no member any more.", email=email), "success")
        return redirect(url_for("pages.list_members"))
    session.pop("organization_id", None)
    flash(gettext("You have left %(name)s.", name=name), "success")
    return redirect(url_for("pages.account"))


@pages.post("/settings/organization/switch")
@login_required
def switch_organization() -> Response:
    """Go over to another organization that one belongs to; it is remembered."""
    try:
        wanted = int(request.form.get("organization", ""))
    except ValueError:
        abort(400)
    with unit_of_work():
        place = organizations.get_membership(current_user, wanted)
        organizations.remember(place.user, place.organization)
        session["organization_id"] = place.organization_id
    return redirect(url_for("pages.connected_apps"))


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        abort(400)


def _new_role(email: str, role: Role) -> str:
    said = {
        Role.OWNER: gettext("%(email)s is an owner now.", email=email),
        Role.ADMIN: gettext("%(email)s is an admin now.", email=email),
        Role.MEMBER: gettext("%(email)s is a member now.", email=email),
    }
    return str(said[role])


def _shown(person: Membership, place: Membership, *, is_last_owner: bool) -> dict[str, Any]:
    is_you = person.user_id == place.user_id
    has_power = place.may_manage and (place.role is Role.OWNER or person.role is not Role.OWNER)
    return {
        "id": person.user_id,
        "email": person.user.email,
        "since": person.created_at,
        "role": person.role,
        "role_title": ROLES[person.role][0],
        "is_you": is_you,
        "is_last_owner": is_last_owner,
        "choices": members.appointable(place) if has_power and not is_last_owner else [],
        "may_remove": (has_power or is_you) and not is_last_owner,
    }
