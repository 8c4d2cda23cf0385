"""Connected apps: what has access to the organization, and ending it."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from ..database import unit_of_work
from ..models import Connection, CredentialKind, EndReason, Membership
from ..services import connection_lists, connections, held_rights, usage
from ..services.connection_lists import Listed
from ..words import N_
from . import paging
from .access import managing_membership, membership
from .blueprint import pages
from .rights import describe

PAGE = 20
RECENTLY_ENDED = 10
PAUSED = "paused"

REASONS = {
    EndReason.OWNER_DISCONNECTED: N_("Disconnected here."),
    EndReason.MEMBER_LEFT: N_("The person who approved it left."),
    EndReason.REUSE_DETECTED: N_("Ended for safety: a used credential was presented again."),
    EndReason.EXPIRED: N_("The access was allowed up to this date."),
    EndReason.REPLACED: N_("Replaced by a newer approval."),
    EndReason.REVOKED_BY_APP: N_("Ended by the app itself."),
    EndReason.APP_SUSPENDED: N_("The app was suspended."),
    EndReason.APP_DELETED: N_("The app was deleted."),
}


@pages.get("/settings/connected-apps")
@login_required
def connected_apps() -> str:
    """The apps with access to the organization."""
    place = membership()
    words, paused_only = paging.words(), request.args.get("state") == PAUSED
    found = connection_lists.search(
        place.organization, words, paused_only=paused_only, limit=PAGE + 1, before=paging.before()
    )
    part = paging.part_of(found, PAGE)
    is_filtered = bool(words) or paused_only
    return render_template(
        "pages/connected_apps.html",
        part=part,
        connections=_with_use(part.items),
        ended=[] if part.is_later or is_filtered else _ended(place),
        paused=connection_lists.count_paused(place.organization),
        paused_only=paused_only,
        words=words,
        is_filtered=is_filtered,
        may_manage=place.may_manage,
        days=held_rights.DAYS,
    )


def _with_use(listed: Sequence[Listed]) -> list[dict[str, object]]:
    ids = [one.connection.id for one in listed]
    used = usage.last_used(CredentialKind.CONNECTION, ids)
    calls = usage.totals(CredentialKind.CONNECTION, ids, days=held_rights.DAYS)
    return [
        _shown(one.connection)
        | {"is_paused": one.is_paused, "last_used_at": used.get(number), "calls": calls.get(number, 0)}
        for number, one in zip(ids, listed, strict=True)
    ]


def _ended(place: Membership) -> list[dict[str, object]]:
    return [_shown(connection) for connection in connection_lists.list_ended(place.organization, limit=RECENTLY_ENDED)]


@pages.post("/settings/connected-apps/<int:connection_id>/disconnect")
@login_required
def disconnect(connection_id: int) -> Response:
    """End an app's access, from its next call on."""
    place = managing_membership()
    with unit_of_work():
        connection = connections.get(place.organization, connection_id)
        connections.revoke(connection, because=EndReason.OWNER_DISCONNECTED)
        name = connection.client.shown_name
    flash(gettext("%(name)s is disconnected. Its access has ended.", name=name), "success")
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
