"""The list of an organization's partner apps."""

from flask import render_template, request
from flask_login import login_required

from ...services import clients, connections
from ..access import managing_membership
from ..blueprint import pages

PAGE = 25


@pages.get("/settings/partner-apps")
@login_required
def partner_apps() -> str:
    """The apps, the newest first."""
    organization = managing_membership().organization
    words = request.args.get("words", "").strip()[:100]
    before = request.args.get("before", type=int)
    found = clients.search(organization, words, limit=PAGE + 1, before=before)
    shown = found[:PAGE]
    return render_template(
        "pages/partner_apps/list.html",
        apps=shown,
        connected=connections.count_by_client(shown),
        words=words,
        is_later_page=before is not None,
        last=shown[-1].id if len(found) > PAGE else None,
    )
