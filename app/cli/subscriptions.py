"""``subscriptions``: the categories that contacts can subscribe to."""

from typing import Any

import click

from ..database import unit_of_work
from ..services import organizations
from ..services import subscriptions as rules
from .json_commands import JsonGroup

subscriptions = JsonGroup("subscriptions", help="Categories that contacts can subscribe to.")


@subscriptions.command("create")
@click.option("--organization", required=True, metavar="NAME")
@click.option("--name", required=True, help="Its title, and the name of its segment.")
@click.option("--key", help="Made from the name when not given.")
def create(organization: str, name: str, key: str | None) -> dict[str, Any]:
    """Make a category with its segment of the same name."""
    with unit_of_work():
        category = rules.create(organizations.get_by_name(organization).id, name, key)
        return {"id": category.id, "key": category.key, "name": category.name, "segment_id": category.segment_id}
