"""One call of each method, as the documentation shows it: a shop's program uses them all, and every answer is recorded.

`make examples` writes what has changed into app/api/examples.json, from which the OpenAPI document takes its examples.
Without it, this test holds that the server still answers as recorded, but for times and random ids.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from app.api import examples
from app.api.endpoint import ENDPOINTS
from app.clock import now
from app.downloads import Downloads
from app.models import ChannelType
from app.services import balance, reserves, senders, subscriptions
from tests.support.file_host import FileHost
from tests.support.sites import Site

from .mailing import ALPHA, FROM, MailShop

RECORDS = bool(os.environ.get("RECORD_EXAMPLES"))
APP, DEVICE = "3f2b8c1e-7a4d-4e0b-9f51-2d6c8e4a1b90", "bk3R-example-token"
FILES = "files.example.com"
ANN, BOB = "ann@example.com", "bob@example.com"
EMAIL = {
    "name": "Spring sale", "from": FROM, "subject": "Spring is here, $!data.get('name')",
    "htmlText": "<p>Hello $!data.get('name')</p>", "languageCode": "en", "tags": ["sale"],
}  # fmt: skip
# What differs from run to run: times, days, random ids and links.
VOLATILE = re.compile(
    r"\d{4}-\d\d-\d\d(T[\d:]+Z?)?|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16}|[\w-]{20,}|http://[\d.:]+"
)


class Program:
    """A program that calls every method once, and keeps what it sent and got."""

    def __init__(self, shop: MailShop, files: FileHost) -> None:
        self.shop, self.kept = shop, dict[str, dict[str, Any]]()
        self.files = f"http://{FILES}:{files.port}"

    def __call__(self, name: str, body: Any = None, path: dict[str, Any] | None = None, /, **query: Any) -> Any:
        """Call the method called ``name``; its answer."""
        endpoint = next((endpoint for endpoint in ENDPOINTS if endpoint.name == name), None)
        if endpoint is None:
            return None  # a method that is not declared (any more): the comparison with all that are says so
        parts, address = path or {}, endpoint.path
        for part, value in parts.items():
            address = re.sub(rf"<(\w+:)?{part}>", str(value), address)
        sent = {"json": body} if body is not None else {}
        answer = self.shop.send(endpoint.verb, address, params=query or None, **sent)
        assert answer.status == 200, f"{name}: {answer.text}"
        is_paged = endpoint.query is not None and "startindex" in endpoint.query.model_fields
        assert ("TotalCount" in answer.headers) == is_paged, name
        kept = {"answer": answer.json, "path": parts, "query": query, "body": body}
        self.kept[name] = self._shown(
            {member: value for member, value in kept.items() if value not in ({}, None) or member == "answer"}
        )
        return answer.json

    def _shown(self, call: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(json.dumps(call).replace(self.files, f"https://{FILES}"))
        return shown


def contact(email: str, name: str, **members: Any) -> dict[str, Any]:
    return {"firstName": name, "channels": [{"type": "email", "value": email}]} | members


def general(call: Program) -> None:
    for name in ("version_1", "version_2", "account_info", "balance", "list_subscriptions", "list_address_books"):
        call(name)
    for name in ("email_senders", "sms_senders"):
        call(name)


def contacts(call: Program) -> tuple[int, int]:
    """:returns: the ids of a contact and of a segment."""
    groups = [{"name": "Customers"}]
    channels = [{"type": "email", "value": ANN}, {"type": "sms", "value": "380501234567"}]
    saved = call("save_contact", contact(ANN, "Ann", channels=channels, externalCustomerId="A-1001", groups=groups))
    ann, at = saved["id"], {"id": saved["id"]}
    bob = call.shop.save(("email", BOB), externalCustomerId="B-2002")
    call("update_contact", {"lastName": "Ray", "languageCode": "en"}, at)
    segment = call("find_segments", name="custom")[0]["id"]
    call("attach_contacts", {"contactIds": [bob]}, {"id": segment})
    call("get_segment_contacts", None, {"id": segment}, maxrows=1)
    call("detach_contacts", {"externalCustomerIds": ["B-2002"]}, {"id": segment})
    call("find_contacts", email=ANN, maxrows=10)
    call("get_contact", None, at)
    call("get_contact_emails", ids=f"{ann},{bob}")
    call("set_subscriptions", {"subscriptions": ["news"]}, at)
    call("get_subscriptions", None, at)
    call(
        "subscribe_contact",
        {"contact": contact("cleo@example.com", "Cleo"), "subscriptions": ["news"], "formType": "footer"},
    )
    call("add_unsubscribed", {"emails": ["dan@example.com"]})
    call("remove_unsubscribed", {"emails": ["dan@example.com"]})
    started = call("import_contacts", {"contacts": [contact("eve@example.com", "Eve")], "groupNames": ["Imported"]})
    call("import_file", {"link": f"{call.files}/contacts.csv", "groupNames": ["Imported"]})
    call("get_import_status", None, {"session_id": started["asyncSessionId"]})
    order = {"externalOrderId": "17", "email": ANN, "status": "INITIALIZED", "date": "2026-01-02T10:00", "totalCost": 49.9}
    item = {"externalItemId": "T-5", "name": "Tea", "quantity": 2, "cost": 24.95}
    call("save_orders", {"orders": [order | {"currency": "EUR", "items": [item]}]})
    call("delete_contact", None, {"id": bob}, erase="true")
    call.shop.save(("email", "fay@example.com"), externalCustomerId="F-3003")
    call("delete_contact_by_external_id", externalCustomerId="F-3003")
    return ann, segment


def stored(call: Program) -> int:
    """:returns: the id of an email message."""
    message = call("create_email_message", EMAIL)["id"]
    at, version = {"id": message}, EMAIL | {"subject": "Der Frühling ist da", "htmlText": "<p>Hallo</p>"}
    call("update_email_message", EMAIL | {"subject": "Spring is really here"}, at)
    call(
        "put_email_language", {key: version[key] for key in ("name", "from", "subject", "htmlText")}, at | {"language": "de"}
    )
    call("get_email_message", None, at)
    call("find_email_messages", search="spring", maxrows=10)
    call("get_email_view_link", None, at)
    call("delete_email_language", None, at | {"language": "de"})
    sms = call.shop.stored()
    call("find_sms_messages", search="parcel")
    call("get_sms_message", None, {"id": sms})
    call("delete_email_message", None, {"id": call.shop.email(name="Old sale")})
    return int(message)


def sent(call: Program, message: int) -> None:
    recipient = {"locator": ANN, "jsonParam": '{"name": "Ann"}', "externalRequestId": "order-17"}
    rows = call("smart_send", {"recipients": [recipient], "email": True}, {"id": message})["results"]
    call("send", {"recipients": [ANN], "params": [{"key": "name", "value": "Ann"}]}, {"id": message})
    mail = call("send_email", {"from": FROM, "subject": "Your order", "htmlText": "<p>Thanks</p>", "emails": [ANN]})
    text = call("send_sms", {"from": ALPHA, "text": "Your code: 4821", "phoneNumbers": ["380501234567"]})
    viber = {"from": ALPHA, "text": "Your code: 4821", "iosExpirityText": "It has expired", "phoneNumbers": ["380501234567"]}
    chat = call("send_viber", viber)
    call.shop.work()
    call("message_status", ids=rows[0]["requestId"])
    for name, answer in (("email_status", mail), ("sms_status", text), ("viber_status", chat)):
        call(name, ids=answer["results"][0]["requestId"])


def pushed(call: Program) -> None:
    device = {"appId": APP, "os": "Android", "active": True}
    call.shop.post(contact(ANN, "Ann", channels=[{"type": "mobilepush", "value": DEVICE, "device": device}]))
    at = {"app_uuid": APP, "token_id": DEVICE}
    call("get_token_state", None, at)
    message = call.shop.stored("mobilepush", name="Hello", sender="Shop app", body="News")
    call.shop.smart(message, {"locator": DEVICE}, email=False)
    call.shop.work()
    interaction = call.shop.activity()[-1].interaction_id
    call("report_interaction", {"token": DEVICE, "status": "OPENED"}, {"interaction_id": interaction})
    call("set_token_state", {"active": False}, at)


def broadcasts(call: Program, message: int, segment: int) -> None:
    call.shop.send("POST", "/v1/broadcast", json={"messageId": call.shop.stored(), "groups": [segment], "title": "By SMS"})
    call.shop.work()
    call("sms_callouts", maxrows=10)
    start = (now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    body = {"messageId": str(message), "groups": [segment], "title": "Spring sale", "startDate": start}
    made = call("create_broadcast", body)
    at = {"broadcast_id": made["broadcastId"] if "broadcastId" in made else made["id"]}
    call("get_broadcast", None, at)
    call("list_broadcasts", maxrows=10)
    call("cancel_broadcast", None, at)


def happened(call: Program) -> None:
    params = [{"name": "orderId", "value": "17"}, {"name": "email", "value": ANN}]
    event = {"eventTypeKey": "orderCreated", "keyValue": "order-17", "params": params}
    call("record_event_1", event)
    call("record_event_2", event | {"params": [*params, {"name": "total", "value": 49.9}]})
    past = {"events": [event | {"occurred": "2025-01-31T13:30"}]}
    call("load_past_events_1", past)
    call("load_past_events_2", past)
    call("delete_past_events", {"from": "2025-01-01T00:00", "to": "2025-01-31T23:59"})
    day = now().strftime("%Y-%m-%d")
    call("get_activity", dateFrom=day, dateTo=day, email=ANN, maxrows=2)


@pytest.fixture
def files(site: Site) -> Iterator[FileHost]:
    """A file server of this computer that is known as FILES."""
    host = FileHost()
    host.put("/contacts.csv", "Email,First name\neve@example.com,Eve\n")
    site.app.extensions["downloads"] = Downloads(
        resolver=lambda *_: ["127.0.0.1"], is_allowed=lambda _: True, ports=frozenset({host.port})
    )
    yield host
    host.close()


@pytest.fixture
def program(site: Site, clock: SimpleNamespace, files: FileHost) -> Program:
    shop = MailShop(site, organization="Demo Store")
    with site.rules():
        senders.add(shop.organization_id, ChannelType.MOBILEPUSH, "Shop app")
        subscriptions.create(shop.organization_id, "News", "news")
    shop.fund("25")
    with site.rules():
        tariff = balance.tariff_of(site.app.config["SETTINGS"])
        reserves.move(shop.organization_id, ChannelType.VIBER, ALPHA, Decimal(5), tariff)
    return Program(shop, files)


def plain(example: dict[str, Any]) -> str:
    """``example`` without what differs from run to run."""
    return VOLATILE.sub("*", json.dumps(example, sort_keys=True, ensure_ascii=False))


@pytest.mark.settings(event_deletion=True)
def test_the_server_answers_as_the_documentation_shows(program: Program) -> None:
    general(program)
    _, segment = contacts(program)
    message = stored(program)
    sent(program, message)
    pushed(program)
    broadcasts(program, message, segment)
    happened(program)
    kept = program.kept
    assert kept.keys() == {endpoint.name for endpoint in ENDPOINTS}, "call each method once in this file"
    recorded = json.loads(examples.FILE.read_text())
    changed = [name for name in kept if plain(kept[name]) != plain(recorded.get(name, {}))]
    if RECORDS:
        merged = {
            endpoint.name: kept[endpoint.name] if endpoint.name in changed else recorded[endpoint.name]
            for endpoint in ENDPOINTS
        }
        examples.FILE.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n")
    else:
        assert not changed, "run `make examples`, and look at what has changed"
