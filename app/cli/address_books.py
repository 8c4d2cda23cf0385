"""``address-books``: which additional fields an organization's contacts can have."""

from typing import Any

import click

from ..database import unit_of_work
from ..models import FieldKind
from ..services import address_books as rules
from ..services import organizations
from .json_commands import JsonGroup

address_books = JsonGroup("address-books", help="Additional fields of contacts.")


@address_books.command("add-field")
@click.option("--organization", required=True, metavar="NAME")
@click.option("--group", required=True, metavar="NAME", help="The group that it belongs to; made if new.")
@click.option("--name", required=True)
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in FieldKind]))
@click.option("--value", "values", multiple=True, help="One of the values that a list takes.")
@click.option("--min", "low", type=float, help="The smallest number that it takes.")
@click.option("--max", "high", type=float, help="The largest number that it takes.")
def add_field(
    organization: str, group: str, name: str, kind: str, values: tuple[str, ...], low: float | None, high: float | None
) -> dict[str, Any]:  # fmt: skip
    """Add an additional field to the main address book."""
    limits = {"minValue": low, "maxValue": high}
    allowed: dict[str, Any] = {key: value for key, value in limits.items() if value is not None}
    allowed |= {"possibleValues": list(values)} if values else {}
    with unit_of_work():
        owner = organizations.get_by_name(organization)
        field = rules.add_field(owner.id, group=group, name=name, kind=FieldKind(kind), allowed=allowed or None)
        return {"id": field.id, "column": f"{field.group.profile_key}.{field.field_key}", "kind": field.kind}
