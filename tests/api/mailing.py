"""A shop that sends messages, and the worker that carries them away."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.jobs.worker import Worker
from app.models import Activity, ChannelType, OutboxLetter
from app.services import balance, messages, organizations, senders
from app.services.messages import MessageDraft

from ..support.sites import Site
from .shop import Shop

FROM = '"Example Shop" <shop@example.org>'
ALPHA = "ExampleShop"


class MailShop(Shop):
    """A shop with confirmed senders."""

    def __init__(self, site: Site, *, scope: str = "UseRestApi", organization: str | None = None) -> None:
        super().__init__(site, scope=scope, organization=organization)
        with site.rules():
            self.organization_id = organizations.get_by_name(self.organization).id
            senders.add(self.organization_id, ChannelType.EMAIL, FROM)
            senders.add(self.organization_id, ChannelType.SMS, ALPHA)
            senders.add(self.organization_id, ChannelType.VIBER, ALPHA)

    def fund(self, amount: str) -> None:
        """Pay money in."""
        with self.site.rules():
            balance.top_up(self.organization_id, Decimal(amount), balance.tariff_of(self.site.app.config["SETTINGS"]))

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

    def smart(self, message: int, *recipients: dict[str, Any], **members: Any) -> list[dict[str, Any]]:
        """Send a stored message; the rows of the answer."""
        return self._rows(f"/v1/message/{message}/smartsend", {"recipients": list(recipients)} | members)

    def mail(self, *emails: str, **members: Any) -> list[dict[str, Any]]:
        """Send a single email text; the rows of the answer."""
        body = {"from": FROM, "subject": "Your order", "htmlText": "<p>Thanks</p>", "emails": list(emails)}
        return self._rows("/v1/message/email", body | members)

    def text(self, *numbers: str, channel: str = "sms", **members: Any) -> list[dict[str, Any]]:
        body = {"from": ALPHA, "text": "Your code: 4821", "phoneNumbers": list(numbers)}
        return self._rows(f"/v1/message/{channel}", body | members)

    def _rows(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.send("POST", path, json=body)
        assert answer.status == 200, answer.text
        assert answer.json["id"] == 0
        rows: list[dict[str, Any]] = answer.json["results"]
        return rows

    def work(self) -> None:
        """Let the worker do all that there is to do now."""
        worker = Worker(self.site.app)
        worker.sweep()

    def statuses(self, *request_ids: str) -> list[str]:
        answer = self.get("/v1/message/status", ids=",".join(request_ids))
        assert answer.status == 200, answer.text
        return [row["status"] for row in answer.json["results"]]

    def letters(self) -> list[dict[str, Any]]:
        """What the outbox has kept for this shop, the oldest first."""
        query = select(OutboxLetter.letter).where(OutboxLetter.organization_id == self.organization_id)
        with self.site.rules():
            return list(db.session.scalars(query.order_by(OutboxLetter.id)))

    def activity(self) -> list[Activity]:
        query = select(Activity).where(Activity.organization_id == self.organization_id).order_by(Activity.id)
        with self.site.rules():
            rows = list(db.session.scalars(query))
            for row in rows:
                db.session.expunge(row)
            return rows
