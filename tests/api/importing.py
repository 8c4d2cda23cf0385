"""A shop that imports contacts, and the importer of a job worker."""

from typing import Any

from sqlalchemy import func, select

from app.extensions import db
from app.jobs.importer import Importer
from app.models import Contact, ContactChannel
from app.services import organizations

from ..support.answers import Answer
from ..support.sites import Site
from .shop import Shop

Channel = tuple[str, str]


def person(*channels: Channel, **members: Any) -> dict[str, Any]:
    return {"channels": [{"type": kind, "value": value} for kind, value in channels]} | members


class ImportingShop(Shop):
    """A shop whose imports are carried out when it says so."""

    def __init__(self, site: Site, *, scope: str = "UseRestApi", organization: str | None = None) -> None:
        super().__init__(site, scope=scope, organization=organization)
        with site.rules():
            self.organization_id = organizations.get_by_name(self.organization).id

    def request(self, *contacts: Any, **options: Any) -> Answer:
        return self.send("POST", "/v1/contacts", json={"contacts": list(contacts), "dedupeOn": "email"} | options)

    def accept(self, *contacts: Any, **options: Any) -> str:
        """Have contacts accepted, none of them rejected; the session's id."""
        answer = self.request(*contacts, **options)
        assert answer.status == 200, answer.text
        assert answer.json["failedContacts"] == []
        session: str = answer.json["asyncSessionId"]
        return session

    def work(self) -> None:
        """Do what the worker does."""
        Importer(self.site.app).run()

    def status(self, session: str, **params: Any) -> dict[str, Any]:
        answer = self.get(f"/v1/importstatus/{session}", **params)
        assert answer.status == 200, answer.text
        state: dict[str, Any] = answer.json
        return state

    def run(self, *contacts: Any, **options: Any) -> list[int]:
        """Import contacts; which contacts they became."""
        session = self.accept(*contacts, **options)
        self.work()
        state = self.status(session)
        assert state["status"] == "FINISHED", state
        return [pair["contactId"] for pair in state["mapping"]]

    def counted(self) -> tuple[int, int]:
        """How many contacts there are, as counted beforehand and one by one."""
        with self.site.rules():
            live = select(func.count()).select_from(Contact)
            live = live.where(Contact.organization_id == self.organization_id, Contact.deleted_at.is_(None))
            number = db.session.scalar(live) or 0
        return int(self.get("/v1/contacts", maxrows=1).headers["TotalCount"]), number

    def confirmed(self, id: int) -> bool:
        with self.site.rules():
            query = select(ContactChannel.confirmed_at).where(ContactChannel.contact_id == id)
            return all(db.session.scalars(query))


def shops(site: Site) -> tuple[ImportingShop, ImportingShop]:
    return ImportingShop(site), ImportingShop(site)
