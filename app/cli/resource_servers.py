"""``resource-servers``: other APIs that trust this server's tokens."""

from typing import Any

import click
from flask import current_app

from ..database import unit_of_work
from ..services import organizations
from ..services import resource_servers as rules
from ..settings import Settings
from .json_commands import JsonGroup

resource_servers = JsonGroup("resource-servers", help="Other APIs that trust this server's tokens (RFC 7662, RFC 8707).")


@resource_servers.command("create")
@click.option("--organization", required=True, metavar="NAME", help="Whose API it is.")
@click.option("--name", required=True)
@click.option("--resource", metavar="URL", help="The address by which apps ask for tokens for it.")
def create(organization: str, name: str, resource: str | None) -> dict[str, Any]:
    """Make a resource server, which may ask about any token. Its secret is shown this once."""
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work():
        server, secret = rules.create(
            organizations.get_by_name(organization), name=name, resource=resource, issuer=settings.issuer
        )
        return {
            "client_id": server.client_id,
            "client_secret": secret,
            "name": server.name,
            "resource": server.resource,
        }
