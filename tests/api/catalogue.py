"""Two organizations with something of everything, and requests for each declared method."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import update

from app import secret_values
from app.api.endpoint import Endpoint
from app.clock import now
from app.extensions import db
from app.models import AccessToken, ApiKey, ChannelType, Organization
from app.scopes import SCOPES
from app.services import api_keys, organizations, senders

from ..support.owner import Owner
from ..support.sites import Site
from .mailing import FROM, MailShop

DEVICE_APP = "6d0c2b1e-52f4-4a35-9d0d-3b8a5f0c1a77"
LARGE = 10**15

# What a method that takes something needs of it; a new one with an id in its path has to be entered here.
QUERIES: dict[str, dict[str, str]] = {
    "get_contact_emails": {"ids": "1"}, "message_status": {"ids": "x"}, "email_status": {"ids": "x"},
    "sms_status": {"ids": "x"}, "viber_status": {"ids": "x"},
    "get_activity": {"dateFrom": "2026-01-01", "dateTo": "2026-01-02"},
    "delete_contact_by_external_id": {"externalCustomerId": "{external_id}"},
}  # fmt: skip
_EMAIL = {"name": "Sale", "from": FROM, "subject": "Sale", "htmlText": "<p>Hi</p>"}
BODIES: dict[str, dict[str, Any]] = {
    "update_email_message": _EMAIL, "put_email_language": _EMAIL,
    "set_token_state": {"active": False},
    "report_interaction": {"token": "{token_id}", "status": "CLICKED"},
    "update_contact": {"firstName": "Eve", "channels": [{"type": "email", "value": "eve@example.org"}]},
    "set_subscriptions": {"subscriptions": []},
    "detach_contacts": {}, "attach_contacts": {"contactIds": [1]},
    "smart_send": {"recipients": [{"locator": "eve@example.org"}]}, "send": {"recipients": ["eve@example.org"]},
}  # fmt: skip


class Keeper:
    """An organization with a contact, a segment, messages, a campaign, an import and a push message."""

    def __init__(self, site: Site) -> None:
        self.owner: Owner = site.owner()
        self.shop = shop = MailShop(site, organization=self.owner.organization)
        self.external_id = f"C-{shop.organization_id}"
        self.token = f"token-{shop.organization_id}"
        channels = (("email", "ann@example.org"), ("mobilepush", self.token))
        self.contact = shop.save(*channels, externalCustomerId=self.external_id, groups=[{"name": "Friends"}])
        self.segment = shop.read(self.contact)["groups"][0]["id"]
        self.email, self.sms = shop.email(languageCode="en"), shop.stored("sms")
        shop.send("PUT", f"/v1/messages/email/{self.email}/uk", json=_EMAIL)
        with site.rules():
            senders.add(shop.organization_id, ChannelType.MOBILEPUSH, "Shop app")
        push = shop.stored("mobilepush", name="Hello", sender="Shop app", body="News")
        shop.smart(push, {"locator": self.token}, email=False)
        shop.work()
        self.interaction = shop.activity()[-1].interaction_id or ""
        later = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M}"
        campaign = {"messageId": str(self.email), "groups": [self.segment], "startDate": later}
        self.broadcast = shop.send("POST", "/v1/broadcast", json=campaign).json["broadcastId"]
        person = {"channels": [{"type": "email", "value": "bob@example.org"}]}
        started = shop.send("POST", "/v1/contacts", json={"contacts": [person], "dedupeOn": "email"})
        self.session = started.json["asyncSessionId"]

    def values(self, endpoint: Endpoint) -> dict[str, str]:
        """What stands for the variables of the method's path, if it is about what this organization has."""
        path = endpoint.path
        ids = {
            "/v1/messages/email/": self.email, "/v1/messages/sms/": self.sms, "/v1/message/": self.email,
            "/v1/contact/": self.contact, "/v1/group/": self.segment,
        }  # fmt: skip
        number = next((value for start, value in ids.items() if path.startswith(start)), 0)
        return {
            "id": str(number), "language": "uk", "app_uuid": DEVICE_APP, "token_id": self.token,
            "interaction_id": self.interaction, "session_id": self.session, "broadcast_id": str(self.broadcast),
            "external_id": self.external_id,
        }  # fmt: skip


NOTHING = {
    "id": str(LARGE), "language": "uk", "app_uuid": DEVICE_APP, "token_id": "nothing", "interaction_id": "nothing",
    "session_id": "nothing", "broadcast_id": str(LARGE), "external_id": "nothing",
}  # fmt: skip


@dataclass(frozen=True)
class Credential:
    """:param name: of its kind and state, for the messages of tests."""

    name: str
    secret: str


def dead(site: Site, owner: Owner) -> Iterator[Credential]:
    """Credentials that open nothing, though they once did."""
    yield Credential("a token that never was", "uaa_at_" + "x" * 60)
    yield Credential("a token with a forged checksum", secret_values.generate(secret_values.ACCESS_TOKEN)[:-1] + "!")
    yield Credential("an unknown token", secret_values.generate(secret_values.ACCESS_TOKEN))
    yield Credential("an unknown key", secret_values.generate(secret_values.API_KEY))
    expired = site.partner_app(name="Expired").connect(owner).access_token
    key = site.api_key(owner.organization, label="expired")
    with site.rules():
        over = {"expires_at": now() - timedelta(seconds=1)}
        for model, secret in ((AccessToken, expired), (ApiKey, key)):
            print_of = secret_values.fingerprint(secret)
            db.session.execute(update(model).where(model.fingerprint == print_of).values(over))
    yield Credential("an expired token", expired)
    yield Credential("an expired key", key)
    partner = site.partner_app(name="Revoked")
    revoked = partner.connect(owner).access_token
    answer = site.post("/uaa/oauth/revoke", data={"token": revoked}, auth=(partner.client_id, partner.secret or ""))
    assert answer.status == 200
    yield Credential("a revoked token", revoked)
    disconnected = site.partner_app(name="Disconnected").connect(owner).access_token
    owner.disconnect("Disconnected")
    yield Credential("a token of a disconnected app", disconnected)
    for label in ("revoked", "switched off"):
        yield Credential(f"a key that is {label}", _ended_key(site, owner.organization, label))


def _ended_key(site: Site, organization: str, label: str) -> str:
    with site.rules():
        home: Organization = organizations.get_by_name(organization)
        issued = api_keys.create(home, author=None, label=label, scope="UseRestApi")
        if label == "revoked":
            api_keys.revoke(issued.record)
        else:
            api_keys.set_enabled(issued.record, False)
        return issued.plain


class Credentials:
    """Of one organization: a token and a key for each single scope, for all but one, and what opens nothing."""

    def __init__(self, site: Site, owner: Owner) -> None:
        self.dead = list(dead(site, owner))
        self._with, self._without = {}, {}
        names = [scope.name for scope in SCOPES if scope.name]
        for name in names:
            self._with[name] = self._pair(site, owner, [name])
            self._without[name] = self._pair(site, owner, [other for other in names if other != name])
        self._any = self._with[names[-1]]

    def _pair(self, site: Site, owner: Owner, names: list[str]) -> list[Credential]:
        scope = " ".join(names)
        token = site.partner_app(scope=scope, name=f"For {scope}"[:60]).connect(owner).access_token
        return [Credential("a token", token), Credential("a key", site.api_key(owner.organization, scope=scope))]

    def right(self, endpoint: Endpoint) -> list[Credential]:
        """With nothing but what the method needs."""
        return self._with[endpoint.scope] if endpoint.scope else self._any

    def wrong(self, endpoint: Endpoint) -> list[Credential]:
        """With everything but what the method needs; none where it needs nothing."""
        return self._without[endpoint.scope] if endpoint.scope else []


def address(endpoint: Endpoint, values: dict[str, str]) -> str:
    """The method's address with ``values`` for its variables."""
    path = endpoint.path
    for name, value in values.items():
        for kind in ("int:", "path:", "language:", ""):
            path = path.replace(f"<{kind}{name}>", quote(value, safe=""))
    assert "<" not in path, f"say in tests/api/catalogue.py what stands for the variables of {path}"
    return f"/api{path}"


def filled(template: Any, values: dict[str, str]) -> Any:
    """``template`` with names in braces replaced."""
    if isinstance(template, dict):
        return {name: filled(part, values) for name, part in template.items()}
    return template.format(**values) if isinstance(template, str) and "{" in template else template
