"""What can't be undone, or stops a partner app at once: suspending, handing over and deleting it."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from ...database import unit_of_work
from ...errors import AppError, Conflict, Forbidden, NotFound
from ...languages import say
from ...models import Client
from ...services import client_settings, clients, connections, organizations
from ..access import managing_membership
from ..blueprint import pages
from .own import ADDRESS, own_app, page_of


@pages.get(f"{ADDRESS}/danger")
@login_required
def app_danger(client_id: str) -> str:
    """What there is to be careful with."""
    client = own_app(client_id)
    others = [other for other in organizations.managed_by(current_user) if other.id != client.organization_id]
    return page_of(client, "danger.html", others=others, connected=_connected(client))


@pages.post(f"{ADDRESS}/<any(suspend, resume):action>")
@login_required
def suspend_app(client_id: str, action: str) -> Response:
    """Stop an app, or let it go on."""
    with unit_of_work():
        client = own_app(client_id)
        if action == "suspend":
            clients.suspend(client)
        else:
            clients.resume(client)
        name = client.name
    if action == "suspend":
        flash(gettext("“%(name)s” is suspended. None of its tokens work now.", name=name), "success")
    else:
        flash(gettext("“%(name)s” works again.", name=name), "success")
    return redirect(url_for("pages.app_danger", client_id=client_id))


@pages.post(f"{ADDRESS}/transfer")
@login_required
def transfer_app(client_id: str) -> Response:
    """Hand an app over to another organization of the same person."""
    try:
        with unit_of_work():
            client = own_app(client_id)
            to = organizations.get_membership(current_user, request.form.get("organization", 0, type=int))
            client_settings.transfer(client, to=to)
            name, receiver = client.name, to.organization.name
    except (Conflict, Forbidden, NotFound) as error:
        return _back_with(error, client_id)
    flash(gettext("“%(name)s” belongs to %(receiver)s now.", name=name, receiver=receiver), "success")
    return redirect(url_for("pages.partner_apps"))


def _back_with(error: AppError, client_id: str) -> Response:
    own_app(client_id)  # whoever may not see the app is told that first
    flash(say(error.detail), "error")
    return redirect(url_for("pages.app_danger", client_id=client_id))


@pages.route(f"{ADDRESS}/delete", methods=["GET", "POST"])
@login_required
def delete_app(client_id: str) -> str | tuple[str, int] | Response:
    """Ask once, by the app's name, and delete it."""
    client = own_app(client_id)
    if request.method == "GET":
        return _question(client)
    typed = " ".join(request.form.get("name", "").split())
    if typed != client.name:
        return _question(client, typed, gettext("This is not the app’s name.")), 400
    with unit_of_work():
        ended = clients.delete(own_app(client_id))
    flash(gettext("“%(name)s” is deleted. Connections that ended with it: %(number)s.", name=typed, number=ended), "success")
    return redirect(url_for("pages.partner_apps"))


def _question(client: Client, typed: str = "", problem: str | None = None) -> str:
    managing_membership()
    return page_of(client, "delete.html", connected=_connected(client), typed=typed, problem=problem)


def _connected(client: Client) -> int:
    return connections.count_by_client([client]).get(client.id, 0)
