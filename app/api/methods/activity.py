"""4.1: what became of messages, and what contacts did."""

from flask import current_app

from ...services import activity_reading, local_times
from ...services.callers import Caller
from ...services.public_links import PublicLinks
from ..groups import CONTACT_ACTIVITY
from ..schemas.activity import ActivityQuery, ActivityRow


@CONTACT_ACTIVITY.get("4.1", "/v2/contacts/activity", query=ActivityQuery, returns=list[ActivityRow])
def get_activity(caller: Caller, query: ActivityQuery) -> list[ActivityRow]:
    """Deliveries, openings, clicks, unsubscribings and other activity of contacts, to be read on by `offset`."""
    zone = local_times.zone_of(caller.organization_id)
    rows = activity_reading.read(caller.organization_id, query.wanted(zone), limit=query.maxrows)
    links = PublicLinks(current_app.config["SETTINGS"])
    return [ActivityRow.describe(row, zone, links) for row in rows]
