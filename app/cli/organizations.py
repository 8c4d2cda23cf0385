"""``organizations``: what is set for a whole organization."""

from typing import Any

import click

from ..database import unit_of_work
from ..errors import Invalid
from ..services import contact_values
from ..services import organizations as rules
from .json_commands import JsonGroup

organizations = JsonGroup("organizations", help="What is set for a whole organization.")


@organizations.command("set")
@click.argument("organization", metavar="NAME")
@click.option("--time-zone", required=True, metavar="ZONE", help="In which times without a zone are read: 'Europe/Kyiv'.")
def set_(organization: str, time_zone: str) -> dict[str, Any]:
    """Set an organization's time zone."""
    try:
        zone = contact_values.check_time_zone(time_zone)
    except ValueError as error:
        raise Invalid({"time_zone": [str(error)]}) from error
    with unit_of_work():
        found = rules.get_by_name(organization)
        found.time_zone = zone or None
        return {"organization": found.name, "time_zone": found.time_zone or "UTC"}
