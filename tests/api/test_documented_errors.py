"""Every error that the OpenAPI document lists for a method is provoked: here what belongs to single methods.

What all methods have (401, 403, 404, 413, 415, 422, 429, bodies that are no JSON) is in test_every_method.py.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.api import openapi
from app.api.endpoint import ENDPOINTS
from app.extensions import db
from app.models import Broadcast, BroadcastStage, Segment, SegmentType
from app.services import callers, events

from ..support.answers import Answer
from ..support.sites import Site
from .catalogue import Keeper, address
from .mailing import FROM

IN_GENERAL = {401, 403, 404, 413, 415, 422, 429}
METHODS = {endpoint.name: endpoint for endpoint in ENDPOINTS}
LARGE = [{"name": "text", "value": "x" * 21_000}]
EVENT = {"eventTypeKey": "seen", "keyValue": "ann"}
EMAIL = {"name": "Sale", "from": FROM, "subject": "Sale", "htmlText": "<p>Hi</p>"}
STRANGER = '"Nobody" <nobody@example.net>'
CONTACT = {"channels": [{"type": "email", "value": "ann@example.org"}], "firstName": "Ann"}
ORDER = {"externalOrderId": "1", "email": "ann@example.org", "status": "DELIVERED", "date": "2026-01-02", "totalCost": 1}
NOT_CONFIRMED = "from: 'nobody@example.net' is not a confirmed sender. Add it first."
NO_CATEGORY = "There is no subscription category with the key 'none'."

# (method, status): bodies, or queries of methods without one, and how the refusal begins. Names in braces: see `Scene`.
REFUSED: dict[tuple[str, int], list[tuple[Any, str]]] = {
    ("set_subscriptions", 400): [({"subscriptions": ["none"]}, NO_CATEGORY)],
    ("subscribe_contact", 400): [({"contact": CONTACT, "subscriptions": ["none"]}, NO_CATEGORY)],
    ("create_email_message", 400): [
        (EMAIL | {"from": STRANGER}, NOT_CONFIRMED), (EMAIL | {"from": "?"}, "from: '?' is not valid email"),
        (EMAIL | {"languageCode": "x"}, "languageCode: Send a language tag"),
    ],
    ("update_email_message", 400): [
        (EMAIL | {"from": STRANGER}, NOT_CONFIRMED), (EMAIL | {"languageCode": "uk"}, "languageCode: the message has"),
    ],
    ("record_event_1", 400): [({"eventTypeKey": "seen"}, "The event has no keyValue")],
    ("record_event_2", 400): [
        ({"eventTypeKey": "seen", "params": [{"name": "externalCustomerId", "value": "null"}]}, "The event has no keyValue"),
        (EVENT | {"params": [{"name": "contactJson", "value": {}}]}, "contactJson: channels: Field required."),
    ],
    ("delete_past_events", 400): [({"from": "2026-01-01", "to": "2026-01-02"}, "Deleting events is switched off.")],
    ("create_broadcast", 400): [
        ({"messageId": "999", "groups": [1]}, "messageId: Message with id='999' was not found."),
        ({"messageId": "{email}", "groups": [999]}, "groups: segment with id='999' was not found."),
        ({"messageId": "{email}", "groups": ["{segment}"], "startDate": "2020-01-01"}, "startDate: the start is"),
        ({"messageId": "{email}", "groups": ["{segment}"], "startDate": "soon"}, "startDate: 'soon' is not a time"),
        ({"messageId": "{email}", "groups": ["{segment}"], "batchSize": 5}, "batchSize and batchIntervalUnit go together."),
    ],
    ("smart_send", 400): [
        ({"recipients": []}, "Send 1 to 1,000 recipients."),
        ({"recipients": [{"locator": "ann@example.org"}] * 1001}, "Send 1 to 1,000 recipients."),
        ({"recipients": [{"locator": "ann@example.org"}], "email": False}, "email: the message with id='{email}'"),
    ],
    ("send", 400): [
        ({"email": True}, "Send one of recipients, contactId and groupId."),
        ({"recipients": ["ann@example.org"], "contactId": 1}, "Send one of recipients, contactId and groupId."),
        ({"groupId": 999}, "groups: segment with id='999' was not found."),
    ],
    ("send_email", 400): [
        (EMAIL | {"emails": []}, "Send 1 to 1,000 recipients."),
        (EMAIL | {"emails": ["ann@example.org"], "from": STRANGER}, NOT_CONFIRMED),
    ],
    ("send_sms", 400): [
        ({"from": "ExampleShop", "text": "Hi"}, "Send one of phoneNumbers and groupId."),
        ({"from": "Stranger", "text": "Hi", "phoneNumbers": ["380501234567"]}, "from: 'Stranger' is not a confirmed"),
    ],
    ("send_viber", 400): [
        ({"text": "Hi", "iosExpirityText": "-", "phoneNumbers": [1], "groupId": 1}, "Send one of phoneNumbers and groupId."),
        ({"text": "Hi", "iosExpirityText": "-", "groupId": 999}, "groups: segment with id='999' was not found."),
    ],
    ("record_event_1", 413): [(EVENT | {"params": LARGE}, events.EventTooLarge.detail)],
    ("record_event_2", 413): [(EVENT | {"params": LARGE}, events.EventTooLarge.detail)],
    ("load_past_events_1", 413): [({"events": EVENT | {"params": LARGE}}, events.EventTooLarge.detail)],
    ("load_past_events_2", 413): [({"events": EVENT | {"params": LARGE}}, events.EventTooLarge.detail)],
    ("delete_contact_by_external_id", 400): [({}, "externalCustomerId: Field required."), ({"erase": "maybe"}, "erase: ")],
    ("delete_contact", 400): [({"erase": "maybe"}, "erase: Input should be a valid boolean")],
    ("get_contact_emails", 400): [
        ({}, "ids: Field required."), ({"ids": "1,x"}, "ids: contact ids are whole numbers"),
        ({"ids": "1," * 501}, "ids: send 1 to 500 contact ids."),
    ],
    ("find_contacts", 400): [
        ({"maxrows": "x"}, "maxrows: "), ({"sortBy": "email"}, "sortBy: "),
        ({"externalCustomerId": "1", "email": "a"}, "externalCustomerId can't be combined"),
        ({"sortBy": "contactId", "sms": "1"}, "sortBy can't be combined"),
    ],
    ("get_activity", 400): [
        ({"dateFrom": "2026-01-01"}, "dateTo: Field required."), ({"dateFrom": "x", "dateTo": "x"}, "dateFrom: send a date"),
        ({"dateFrom": "2026-02-01", "dateTo": "2026-01-01"}, "dateTo is before dateFrom."),
        ({"dateFrom": "2026-01-01", "dateTo": "2026-05-01"}, "dateFrom and dateTo are at most three months apart."),
        ({"dateFrom": "2026-01-01", "dateTo": "2026-01-01", "offset": "x"}, "offset: send the offset"),
        ({"dateFrom": "2026-01-01", "dateTo": "2026-01-01", "sms": "1", "email": "a"}, "Send one of email, sms,"),
        ({"dateFrom": "2026-01-01", "dateTo": "2026-01-01", "email": "a"}, "'a' is not valid email"),
        ({"dateFrom": "2026-01-01", "dateTo": "2026-01-01", "activityStatus": "SENT"}, "activityStatus: "),
    ],
    ("find_segments", 400): [({"startindex": "first"}, "startindex: ")],
    ("get_segment_contacts", 400): [({"asc": "perhaps"}, "asc: "), ({"maxrows": "1.5"}, "maxrows: ")],
    ("get_import_status", 400): [({"startindex": "x"}, "startindex: ")],
    ("find_email_messages", 400): [({"maxrows": "all"}, "maxrows: "), ({"search": "x" * 256}, "search: ")],
    ("find_sms_messages", 400): [({"maxrows": "all"}, "maxrows: ")],
    ("sms_callouts", 400): [({"startindex": "x"}, "startindex: ")],
    ("list_broadcasts", 400): [({"startindex": "x"}, "startindex: ")],
    **{
        (name, 400): [({}, "ids: Field required."), ({"ids": ",".join(map(str, range(1001)))}, "ids: send 1 to 1,000")]
        for name in ("message_status", "email_status", "sms_status", "viber_status")
    },
}  # fmt: skip


class Scene:
    """An organization with something of everything, whose program breaks every rule."""

    def __init__(self, site: Site) -> None:
        self.site, self.keeper = site, Keeper(site)
        self.shop, organization = self.keeper.shop, self.keeper.owner.organization_id
        self.other = self.shop.save(("email", "carl@example.org"))
        with site.rules():
            dynamic = Segment(organization_id=organization, name="Sleeping", type=SegmentType.DYNAMIC)
            db.session.add(dynamic)
            db.session.flush()
            self.dynamic = dynamic.id
            started = {"stage": BroadcastStage.RUNNING}
            db.session.execute(update(Broadcast).where(Broadcast.id == int(self.keeper.broadcast)).values(started))
        self._names = {
            "taken": self.keeper.external_id, "email": self.keeper.email, "segment": self.keeper.segment,
        }  # fmt: skip

    def send(self, name: str, about: Any, **values: Any) -> Answer:
        """Call the method ``name`` about what there is, or ``values``. :param about: its body, or its query."""
        endpoint = METHODS[name]
        known = self.keeper.values(endpoint) | {place: str(value) for place, value in values.items()}
        said = self.named(json.dumps(about))
        request = {"json" if endpoint.body is not None else "params": json.loads(said)}
        return self.shop.send(endpoint.verb, address(endpoint, known).removeprefix("/api"), **request)

    def named(self, sentence: str) -> str:
        for name, value in self._names.items():
            sentence = sentence.replace(f"{{{name}}}", str(value))
        return sentence


@pytest.fixture
def scene(site: Site) -> Scene:
    return Scene(site)


def wrong_language(scene: Scene) -> list[Answer]:
    return [scene.send("delete_email_language", {}, language=language) for language in ("en", "x", " ")]


def wrong_language_of_a_version(scene: Scene) -> list[Answer]:
    return [scene.send("put_email_language", EMAIL, language=language) for language in ("x", " ")]


def not_static(how: str) -> Callable[[Scene], list[Answer]]:
    def move(scene: Scene) -> list[Answer]:
        both = {"contactIds": [scene.other], "externalCustomerIds": ["{taken}"]}
        one = {"contactIds": [scene.other]}
        return [scene.send(how, both), scene.send(how, one, id=scene.dynamic)]

    return move


def taken_id(scene: Scene) -> list[Answer]:
    return [scene.send("update_contact", {"externalCustomerId": "{taken}"}, id=scene.other)]


def started(scene: Scene) -> list[Answer]:
    return [scene.send("cancel_broadcast", {})]


def twice(name: str, body: Any) -> Callable[[Scene], list[Answer]]:
    def send(scene: Scene) -> list[Answer]:
        assert scene.send(name, body).status == 200
        return [scene.send(name, body)]

    return send


# What needs more than a body or a query.
ACTED: dict[tuple[str, int], Callable[[Scene], list[Answer]]] = {
    ("delete_email_language", 400): wrong_language, ("put_email_language", 400): wrong_language_of_a_version,
    ("attach_contacts", 400): not_static("attach_contacts"), ("detach_contacts", 400): not_static("detach_contacts"),
    ("update_contact", 400): taken_id, ("cancel_broadcast", 400): started,
    ("save_contact", 409): twice("save_contact", CONTACT), ("update_contact", 409): twice("update_contact", CONTACT),
    ("subscribe_contact", 409): twice("subscribe_contact", {"contact": CONTACT}),
}  # fmt: skip
# In test_orders.py, because it takes two at once.
ELSEWHERE = {("save_orders", 409)}


def check(answer: Answer, name: str, status: int) -> None:
    assert answer.status == status, f"{name}: {answer.status} {answer.text}"
    assert (answer.json["status"], answer.json["message"]) == (status, answer.json["detail"])


@pytest.mark.settings(rate_limit_send="1000/minute")
def test_each_rule_of_a_method_is_refused_in_its_own_words(scene: Scene) -> None:
    for (name, status), cases in REFUSED.items():
        for about, sentence in cases:
            answer = scene.send(name, about)
            check(answer, name, status)
            assert answer.json["detail"].startswith(scene.named(sentence)), answer.text
    for (name, status), act in ACTED.items():
        for answer in act(scene):
            check(answer, name, status)


def test_without_the_database_each_method_answers_503(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(callers, "find", gone)
    for endpoint in ENDPOINTS:
        answer = scene.send(endpoint.name, {})
        check(answer, endpoint.name, 503)
        assert int(answer.headers["Retry-After"]) > 0


def test_nothing_is_documented_that_does_not_happen_and_nothing_happens_that_is_not_documented() -> None:
    document = openapi.document(ENDPOINTS, issuer="https://example.org", version="1")
    documented = {
        (operation["operationId"], int(status))
        for path in document["paths"].values()
        for operation in path.values()
        for status in operation["responses"].keys() - {"200", "503"}
    }
    special = {(name, status) for name, status in documented if status not in IN_GENERAL and METHODS[name].body is None}
    special |= {(one.name, status) for one in ENDPOINTS for status in one.errors}
    assert special == REFUSED.keys() | ACTED.keys() | ELSEWHERE
    assert {(one.name, 403) for one in ENDPOINTS if one.scope} == {pair for pair in documented if pair[1] == 403}
