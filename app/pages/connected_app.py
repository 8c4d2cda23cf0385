"""One connected app: what it did, what it may do, and taking some or all of it away."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from .. import scopes
from ..database import unit_of_work
from ..errors import Conflict, Invalid
from ..languages import say
from ..models import Connection, CredentialKind, Membership
from ..services import connections, end_dates, held_rights, usage
from ..services.audit import AuditKind
from ..services.end_dates import Choice
from ..words import N_
from . import limits, log_words
from .access import managing_membership, membership
from .blueprint import pages
from .security_log import SENTENCES

EVENTS = 10


@pages.get("/settings/connected-apps/<int:connection_id>")
@login_required
def connected_app(connection_id: int) -> str:
    """One app's access."""
    place = membership()
    connection = connections.get(place.organization, connection_id)
    return _page(place, connection, end_dates.offer(connection.ends_at))


def _page(place: Membership, connection: Connection, end: Choice) -> str:
    calls = held_rights.calls(connection)
    return render_template(
        "pages/connected_app.html",
        connection=connection,
        client=connection.client,
        last_used_at=usage.last_used(CredentialKind.CONNECTION, [connection.id]).get(connection.id),
        rights=_rights(connection, calls),
        general_calls=calls[scopes.GENERAL.name],
        most=max(calls.values()),
        total=sum(calls.values()),
        days=held_rights.DAYS,
        end=end,
        limits_in_force=limits.shown(connection.client, place.organization, of_tokens=False),
        is_paused=held_rights.is_paused(connection),
        may_manage=place.may_manage,
        events=[
            {
                "event": event,
                "sentence": SENTENCES[AuditKind(event.kind)],
                "taken": _titles(event.detail.get("taken", "")),
                "actor": log_words.actor(event),
            }
            for event in held_rights.recent_events(connection, limit=EVENTS)
        ],
    )


@pages.post("/settings/connected-apps/<int:connection_id>/rights")
@login_required
def change_rights(connection_id: int) -> Response:
    """Keep the ticked rights and take the others away."""
    return _narrow(connection_id, lambda held: set(request.form.getlist("scope")))


@pages.post("/settings/connected-apps/<int:connection_id>/take-away/<scope>")
@login_required
def take_away(connection_id: int, scope: str) -> Response:
    """Take one right away."""
    return _narrow(connection_id, lambda held: held - {scope})


@pages.post("/settings/connected-apps/<int:connection_id>/end-date")
@login_required
def change_end_date(connection_id: int) -> Response | tuple[str, int]:
    """Choose when the access ends by itself."""
    place = managing_membership()
    value, day = request.form.get("ends", ""), request.form.get("ends_on", "")
    try:
        with unit_of_work():
            connection = connections.get(place.organization, connection_id)
            connections.change_end(connection, end_dates.read(value, day, present=connection.ends_at))
    except Invalid as error:
        connection = connections.get(membership().organization, connection_id)
        return _page(membership(), connection, Choice(value, day, connection.ends_at, error.detail)), 400
    flash(N_("The end of this access is saved."), "success")
    return redirect(url_for("pages.connected_app", connection_id=connection_id))


@pages.post("/settings/connected-apps/<int:connection_id>/take-over")
@login_required
def take_over(connection_id: int) -> Response:
    """Stand for a connection whose approver has left."""
    place = managing_membership()
    try:
        with unit_of_work():
            held_rights.take_over(connections.get(place.organization, connection_id), by=place)
    except Conflict as error:
        flash(say(error.detail), "error")
    else:
        flash(N_("The app works again, in your name."), "success")
    return redirect(url_for("pages.connected_app", connection_id=connection_id))


def _narrow(connection_id: int, keep: Any) -> Response:
    place = managing_membership()
    try:
        with unit_of_work():
            connection = connections.get(place.organization, connection_id)
            taken = held_rights.narrow(connection, keep=keep(scopes.expand(connection.scope)))
    except Conflict as error:
        flash(say(error.detail), "error")
    else:
        flash(_taken_away(scopes.join(taken)) if taken else gettext("Nothing was changed."), "success")
    return redirect(url_for("pages.connected_app", connection_id=connection_id))


def _taken_away(scope: str) -> str:
    return str(gettext("Taken away: %(titles)s.", titles=_titles(scope)))


def _titles(scope: str) -> str:
    return ", ".join(say(scopes.GRANTABLE[name].title) for name in scopes.names_of(scope))


def _rights(connection: Connection, calls: dict[str, int]) -> list[dict[str, Any]]:
    held, used = scopes.expand(connection.scope), held_rights.last_used(connection)
    return [
        {"scope": scope, "calls": calls[scope.name], "last_used_at": used.get(scope.name)}
        for scope in scopes.SCOPES
        if scope.name in held
    ]
