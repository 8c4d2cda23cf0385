"""``event-types``: what events of a type have to bring."""

from typing import Any

import click

from ..database import unit_of_work
from ..services import events, organizations
from .json_commands import JsonGroup

event_types = JsonGroup("event-types", help="Types of events.")


@event_types.command("set")
@click.argument("key", metavar="KEY")
@click.option("--organization", required=True, metavar="NAME")
@click.option("--require", "required", multiple=True, metavar="PARAM", help="A parameter that each event must have.")
@click.option("--past-events/--no-past-events", default=True, help="Whether history may be loaded for this type.")
def set_(key: str, organization: str, required: tuple[str, ...], past_events: bool) -> dict[str, Any]:
    """Say what events of a type must have; the type is made if new."""
    with unit_of_work():
        kind = events.get_type(organizations.get_by_name(organization).id, key)
        kind.required_params, kind.takes_past_events = list(required), past_events
        return {"key": kind.key, "required_params": kind.required_params, "takes_past_events": kind.takes_past_events}
