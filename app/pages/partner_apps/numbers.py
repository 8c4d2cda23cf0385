"""The numbers of a partner app: connections, refreshes, calls and errors of the last days, as charts and tables."""

from flask_login import login_required

from ... import scopes
from ...services import app_numbers, client_events
from ...words import N_
from .. import limits
from ..blueprint import pages
from ..charts import Chart, Series, with_the_rest
from .own import ADDRESS, own_app, page_of

GROUPS = {number: scope.title for number, scope in enumerate((scopes.GENERAL, *scopes.SCOPES), start=1)}


@pages.get(f"{ADDRESS}/numbers")
@login_required
def app_numbers_page(client_id: str) -> str:
    """Charts of the last days."""
    client = own_app(client_id)
    found = app_numbers.of(client)
    calls = [Series(GROUPS[group], values) for group, values in found.calls.items() if group in GROUPS]
    errors = [Series(code, values) for code, values in found.errors.items()]
    return page_of(
        client,
        "numbers.html",
        connections=Chart(found.days, [Series(N_("Connections"), found.connections)], is_level=True),
        refreshes=Chart(found.days, [Series(N_("Refreshes"), found.refreshes)]),
        calls=Chart(found.days, calls),
        errors=Chart(found.days, with_the_rest(errors, N_("Others"))),
        causes=found.causes,
        limits_in_force=limits.shown(client, of_tokens=True),
        number_of_days=app_numbers.DAYS,
        kept_events=client_events.KEPT_EVENTS,
    )
