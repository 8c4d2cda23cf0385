"""``connections``: the partner apps that are connected to an organization."""

from typing import Any

import click

from .. import scopes
from ..database import unit_of_work
from ..models import EndReason
from ..services import connections as rules
from ..services import organizations
from .json_commands import JsonGroup

connections = JsonGroup("connections", help="Partner apps that are connected to an organization.")
organization_option = click.option("--organization", required=True, metavar="NAME")


@connections.command("list")
@organization_option
def list_(organization: str) -> list[dict[str, Any]]:
    """List the live connections, the newest first."""
    return [
        {
            "id": connection.id,
            "client_id": connection.client.client_id,
            "name": connection.client.name,
            "scopes": scopes.names_of(connection.scope),
            "approved_by": connection.user.email,
            "approved_at": connection.approved_at,
            "ends_at": connection.ends_at,
        }
        for connection in rules.list_live(organizations.get_by_name(organization))
    ]


@connections.command("revoke")
@click.argument("connection_id", metavar="ID", type=int)
@organization_option
def revoke(connection_id: int, organization: str) -> dict[str, Any]:
    """End a connection and its tokens, as its owner does with 'Disconnect'."""
    with unit_of_work():
        connection = rules.get(organizations.get_by_name(organization), connection_id)
        rules.revoke(connection, because=EndReason.OWNER_DISCONNECTED)
        return {
            "id": connection.id,
            "client_id": connection.client.client_id,
            "name": connection.client.name,
            "ended_at": connection.ended_at,
            "reason": connection.end_reason,
        }
