"""A shop's program that calls the API with its organization's key."""

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import AddressBook, Field, FieldGroup, Organization
from app.services import contacts, organizations

from ..support.answers import Answer
from ..support.sites import Site, unique


class Shop:
    """One organization's program.

    :param scope: what its key opens.
    """

    def __init__(self, site: Site, *, scope: str = "UseRestApi", organization: str | None = None) -> None:
        self.site = site
        self.organization = organization or unique("Shop")
        self._headers = {"Authorization": f"Bearer {site.api_key(self.organization, scope=scope)}"}

    def send(self, method: str, path: str, **request: Any) -> Answer:
        """Call the API; each call over a connection of its own, so that threads may share a shop."""
        headers = self._headers | request.pop("headers", {})
        visitor = self.site.visitor()
        try:
            return visitor.send(method, f"/api{path}", headers=headers, **request)
        finally:
            visitor.close()

    def get(self, path: str, **params: Any) -> Answer:
        return self.send("GET", path, params=params)

    def post(self, body: Any) -> Answer:
        """Save a contact."""
        return self.send("POST", "/v1/contact", json=body)

    def post_raw(self, data: bytes, content_type: str = "application/json") -> Answer:
        return self.send("POST", "/v1/contact", data=data, headers={"Content-Type": content_type})

    def save(self, *channels: tuple[str, str], **members: Any) -> int:
        """Save a contact with these channels; its id."""
        answer = self.post({"channels": [{"type": type, "value": value} for type, value in channels]} | members)
        assert answer.status == 200, answer.text
        assert answer.json.keys() == {"id"}
        number: int = answer.json["id"]
        return number

    def refusal(self, **members: Any) -> dict[str, list[str]]:
        """What is said of a contact that is not acceptable."""
        answer = self.post({"channels": [{"type": "email", "value": "ann@example.org"}]} | members)
        assert answer.status == 422, answer.text
        errors: dict[str, list[str]] = answer.json["errors"]
        return errors

    def read(self, id: int) -> dict[str, Any]:
        answer = self.get(f"/v1/contact/{id}")
        assert answer.status == 200, answer.text
        contact: dict[str, Any] = answer.json
        return contact

    def channels(self, id: int) -> list[tuple[str, str]]:
        return [(channel["type"], channel["value"]) for channel in self.read(id)["channels"]]

    def ids(self, **params: Any) -> list[int]:
        """The ids of a search, in its order."""
        answer = self.get("/v1/contacts", **params)
        assert answer.status == 200, answer.text
        return [row["id"] for row in answer.json]

    def delete(self, id: int) -> None:
        """Move a contact to the deleted ones."""
        with self.site.rules():
            contacts.delete(organizations.get_by_name(self.organization).id, id)

    def field(self, key: str) -> int:
        """The id of an additional field of the main address book."""
        query = (
            select(Field.id).join(FieldGroup).join(AddressBook).join(Organization)
            .where(Organization.name == self.organization, Field.field_key == key)
        )  # fmt: skip
        with self.site.rules():
            return db.session.scalars(query).one()
