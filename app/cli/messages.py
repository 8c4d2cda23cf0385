"""``messages``: prepared messages of the channels for which the API has no method that makes them."""

from typing import Any

import click

from ..database import unit_of_work
from ..models import ChannelType
from ..services import messages as rules
from ..services import organizations
from ..services.messages import MessageDraft
from .json_commands import JsonGroup

messages = JsonGroup("messages", help="Prepared messages of every channel but email, which the API makes.")
organization_option = click.option("--organization", required=True, metavar="NAME")
text_option = click.option("--text", required=True)
from_option = click.option("--from", "sender", required=True, metavar="SENDER", help="A confirmed sender.")
name_option = click.option("--name", required=True, help="Shown in lists; the title of a push message.")
_CHANNELS = [kind.value for kind in ChannelType if kind is not ChannelType.EMAIL]


@messages.command("create")
@organization_option
@click.option("--channel", type=click.Choice(_CHANNELS), default="sms", show_default=True)
@name_option
@from_option
@text_option
@click.option("--language", metavar="TAG", help="Of this text.")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--subscription", "subscriptions", multiple=True, metavar="KEY", help="Limits bulk sending to subscribers.")
@click.option("--track-urls", is_flag=True, help="Let links lead through the server, which counts them.")
def create(organization: str, channel: str, track_urls: bool, **members: Any) -> dict[str, Any]:
    """Make a message."""
    draft = MessageDraft(
        name=members["name"], sender=members["sender"], body=members["text"], language_code=members["language"],
        tags=members["tags"], subscription_keys=members["subscriptions"], tracks_links=track_urls,
    )  # fmt: skip
    with unit_of_work():
        message = rules.create(organizations.get_by_name(organization).id, ChannelType(channel), draft)
        return {"id": message.id, "channel": message.channel, "name": message.name}


@messages.command("translate")
@click.argument("message_id", metavar="ID", type=int)
@organization_option
@click.option("--language", required=True, metavar="TAG")
@name_option
@from_option
@text_option
def translate(message_id: int, organization: str, language: str, name: str, sender: str, text: str) -> dict[str, Any]:
    """Add or replace one language version of a message."""
    with unit_of_work():
        organization_id = organizations.get_by_name(organization).id
        message = rules.get(organization_id, message_id)
        base = rules.texts_of(message)[None]
        draft = MessageDraft(name=name, sender=sender, body=text, tracks_links=base.tracks_links, tags=base.tags)
        rules.put_language(organization_id, message.channel, message_id, language, draft)
        return {"id": message_id, "languages": rules.view(organization_id, message.channel, message_id).languages}
