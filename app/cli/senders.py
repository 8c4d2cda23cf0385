"""``senders``: the names and addresses under which an organization may send."""

from typing import Any

import click

from ..database import unit_of_work
from ..models import ChannelType
from ..services import organizations
from ..services import senders as rules
from .json_commands import JsonGroup

senders = JsonGroup("senders", help="Names and addresses under which an organization may send.")
organization_option = click.option("--organization", required=True, metavar="NAME")
channel_option = click.option(
    "--channel", type=click.Choice([kind.value for kind in ChannelType]), default="email", show_default=True
)


@senders.command("add")
@click.argument("sender", metavar="SENDER")
@organization_option
@channel_option
def add(sender: str, organization: str, channel: str) -> dict[str, Any]:
    """Add a sender and confirm it: '"Name" <address>' of emails, an alpha name of other channels."""
    with unit_of_work():
        added = rules.add(organizations.get_by_name(organization).id, ChannelType(channel), sender)
        return {"type": added.channel, "value": str(rules.SenderName(added.address, added.name))}


@senders.command("list")
@organization_option
def list_(organization: str) -> list[dict[str, Any]]:
    """List the confirmed senders."""
    organization_id = organizations.get_by_name(organization).id
    return [
        {"type": channel, "value": str(name)}
        for channel in ChannelType
        for name in rules.list_confirmed(organization_id, channel)
    ]
