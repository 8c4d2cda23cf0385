"""A shop that sends messages, and the worker that carries them away."""

from typing import Any

from app.models import ChannelType
from app.services import messages, organizations, senders
from app.services.messages import MessageDraft

from ..support.sites import Site
from .shop import Shop

FROM = '"Example Shop" <shop@example.org>'
ALPHA = "ExampleShop"


class MailShop(Shop):
    """A shop with confirmed senders."""

    def __init__(self, site: Site, *, scope: str = "UseRestApi") -> None:
        super().__init__(site, scope=scope)
        with site.rules():
            self.organization_id = organizations.get_by_name(self.organization).id
            senders.add(self.organization_id, ChannelType.EMAIL, FROM)
            senders.add(self.organization_id, ChannelType.SMS, ALPHA)
            senders.add(self.organization_id, ChannelType.VIBER, ALPHA)

    def email(self, **members: Any) -> int:
        """A stored email; its id."""
        body = {"name": "Spring sale", "from": FROM, "subject": "Spring is here", "htmlText": "<p>Hello</p>"} | members
        answer = self.send("POST", "/v1/messages/email", json=body)
        assert answer.status == 200, answer.text
        assert answer.json.keys() == {"id"}
        number: int = answer.json["id"]
        return number

    def stored(self, channel: str = "sms", **members: Any) -> int:
        """A stored message of a channel for which the API has no method that makes one."""
        usual = {"name": "Parcel sent", "sender": ALPHA, "body": "Your parcel is on its way", "tracks_links": False}
        with self.site.rules():
            return messages.create(self.organization_id, ChannelType(channel), MessageDraft(**usual | members)).id
