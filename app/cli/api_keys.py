"""``api-keys``: keys for an organization's own scripts."""

from typing import Any

import click

from .. import scopes
from ..database import unit_of_work
from ..services import api_keys as rules
from ..services import organizations
from .json_commands import JsonGroup

api_keys = JsonGroup("api-keys", help="Keys for an organization's own scripts.")
organization_option = click.option("--organization", required=True, metavar="NAME")


@api_keys.command("create")
@organization_option
@click.option("--label", required=True, help="What it is for.")
@click.option("--scope", multiple=True, required=True, help="May be given several times, or hold several names.")
def create(organization: str, label: str, scope: tuple[str, ...]) -> dict[str, Any]:
    """Make a key. It is shown this once."""
    with unit_of_work():
        issued = rules.create(organizations.get_by_name(organization), author=None, label=label, scope=" ".join(scope))
        key = issued.record
        return {"key": issued.plain, "prefix": key.prefix, "scopes": scopes.names_of(key.scope)}


@api_keys.command("list")
@organization_option
def list_(organization: str) -> list[dict[str, Any]]:
    """List the keys, the newest first."""
    return [
        {
            "id": key.id,
            "prefix": key.prefix,
            "label": key.label,
            "scopes": scopes.names_of(key.scope),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        }
        for key in rules.list_of(organizations.get_by_name(organization))
    ]


@api_keys.command("revoke")
@click.argument("key_id", metavar="ID", type=int)
@organization_option
def revoke(key_id: int, organization: str) -> dict[str, Any]:
    """End a key."""
    with unit_of_work():
        key = rules.get(organizations.get_by_name(organization), key_id)
        rules.revoke(key)
        return {"id": key.id, "prefix": key.prefix, "label": key.label, "revoked_at": key.revoked_at}
