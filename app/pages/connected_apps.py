"""Connected apps: what has access to the organization, and ending it."""

from flask import flash, redirect, render_template, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from ..database import unit_of_work
from ..models import Connection, CredentialKind, EndReason
from ..services import connections, usage
from .access import managing_membership, membership
from .blueprint import pages
from .rights import describe

RECENTLY_ENDED = 10

REASONS = {
    EndReason.OWNER_DISCONNECTED: "Disconnected here.",
    EndReason.MEMBER_LEFT: "The person who approved it left.",
    EndReason.REUSE_DETECTED: "Ended for safety: a used credential was presented again.",
    EndReason.EXPIRED: "The access was allowed up to this date.",
    EndReason.REPLACED: "Replaced by a newer approval.",
    EndReason.REVOKED_BY_APP: "Ended by the app itself.",
    EndReason.APP_SUSPENDED: "The app was suspended.",
    EndReason.APP_DELETED: "The app was deleted.",
}


@pages.get("/settings/connected-apps")
@login_required
def connected_apps() -> str:
    """The apps with access to the organization."""
    place = membership()
    live = connections.list_live(place.organization)
    used = usage.last_used(CredentialKind.CONNECTION, [connection.id for connection in live])
    return render_template(
        "pages/connected_apps.html",
        connections=[_shown(connection) | {"last_used_at": used.get(connection.id)} for connection in live],
        ended=[_shown(connection) for connection in connections.list_ended(place.organization, limit=RECENTLY_ENDED)],
        may_manage=place.may_manage,
    )


@pages.post("/settings/connected-apps/<int:connection_id>/disconnect")
@login_required
def disconnect(connection_id: int) -> Response:
    """End an app's access, from its next call on."""
    place = managing_membership()
    with unit_of_work():
        connection = connections.get(place.organization, connection_id)
        connections.revoke(connection, because=EndReason.OWNER_DISCONNECTED)
        name = connection.client.shown_name
    flash(f"{name} is disconnected. Its access has ended.", "success")
    return redirect(url_for("pages.connected_apps"))


def _shown(connection: Connection) -> dict[str, object]:
    return {
        "id": connection.id,
        "client": connection.client,
        "user": connection.user,
        "approved_at": connection.approved_at,
        "rights": describe(connection.scope),
        "ends_at": connection.ends_at,
        "ended_at": connection.over_since,
        "reason_sentence": REASONS[connection.over_because] if connection.over_because else "",
    }
