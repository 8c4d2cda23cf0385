"""The event log of a partner app: why its requests failed."""

from flask_login import login_required

from ...services import client_events
from ...words import N_
from .. import paging
from ..blueprint import pages
from .own import ADDRESS, own_app, page_of

PAGE = 25

ENDPOINTS = {"authorize": N_("Authorization"), "token": N_("Token")}
# What an event may say besides; what was sent, and what is registered, stands there as it is.
DETAILS = {
    "grant_type": N_("Grant type"), "authentication": N_("Authentication"), "received": N_("Received"),
    "registered": N_("Registered"), "difference": N_("Difference"), "address": N_("Address"),
    "requests": N_("Requests, at least"),
}  # fmt: skip


@pages.get(f"{ADDRESS}/events")
@login_required
def app_events(client_id: str) -> str:
    """The failed requests, the newest first."""
    client = own_app(client_id)
    found = client_events.list_of(client, limit=PAGE + 1, before=paging.before())
    return page_of(
        client,
        "events.html",
        part=paging.part_of(found, PAGE),
        endpoints=ENDPOINTS,
        details=DETAILS,
        kept_days=client_events.KEPT_DAYS,
    )
