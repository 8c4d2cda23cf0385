"""The list of an organization's partner apps."""

from flask import render_template
from flask_login import login_required

from ...services import clients, connections
from .. import paging
from ..access import managing_membership
from ..blueprint import pages

PAGE = 25


@pages.get("/settings/partner-apps")
@login_required
def partner_apps() -> str:
    """The apps, the newest first."""
    organization = managing_membership().organization
    words = paging.words()
    part = paging.part_of(clients.search(organization, words, limit=PAGE + 1, before=paging.before()), PAGE)
    return render_template(
        "pages/partner_apps/list.html", part=part, connected=connections.count_by_client(part.items), words=words
    )
