"""Requests as Yespo's own SDKs and shop plugins send them: with only the base address changed they have to work."""

from base64 import b64encode
from typing import Any

import pytest

from ..support.answers import Answer
from ..support.sites import Site, unique
from .mailing import FROM, MailShop

ANN = "ann@example.org"


class Sdk:
    """A program that speaks as those do. :param user: the name that it sends beside the key."""

    def __init__(self, site: Site, user: str = "") -> None:
        self.site = site
        self.shop = MailShop(site, organization=unique("Shop"))
        self.key = site.api_key(self.shop.organization)
        self.user = user

    def send(self, method: str, path: str, **request: Any) -> Answer:
        basic = b64encode(f"{self.user}:{self.key}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Accept": "application/json"} | request.pop("headers", {})
        return self.site.send(method, f"/api{path}", headers=headers, **request)


@pytest.fixture
def sdk(site: Site) -> Sdk:
    return Sdk(site)


@pytest.mark.parametrize("user", ["", "user", "api-user", "any", "owner@example.org", "кіт", "a b"])
def test_the_user_name_does_not_matter(site: Site, user: str) -> None:
    for path in ("/v1/version", "/v1/account/info", "/v1/contacts?startindex=1&maxrows=10"):
        assert Sdk(site, user).send("GET", path).status == 200


@pytest.mark.parametrize(
    "path", ["/v1/contacts/", "/v1/groups/", "/v1/version/", "/v1/subscriptions/", "/v1/balance/", "/v1/addressbooks/"]
)
def test_a_slash_at_the_end_is_answered_without_a_redirect(sdk: Sdk, path: str) -> None:
    assert sdk.send("GET", path).json == sdk.send("GET", path.rstrip("/")).json


def test_a_get_may_have_a_content_type_and_an_empty_body(sdk: Sdk) -> None:
    for data in (b"", b"null", b"[]", b"{}"):
        answer = sdk.send("GET", "/v1/version", data=data, headers={"Content-Type": "application/json; charset=utf-8"})
        assert answer.status == 200


def test_a_delete_may_have_an_empty_list_as_its_body(sdk: Sdk) -> None:
    contact = sdk.shop.save(("email", ANN), externalCustomerId="C-1")
    message = sdk.shop.email()
    for path in (f"/v1/contact/{contact}?erase=false", f"/v1/messages/email/{message}/"):
        answer = sdk.send("DELETE", path, data=b"[]", headers={"Content-Type": "application/json"})
        assert (answer.status, "has been deleted" in answer.json["message"]) == (200, True), answer.text


def test_one_object_is_taken_where_a_list_is_meant(sdk: Sdk) -> None:
    body: dict[str, Any] = {"channels": {"type": "email", "value": ANN}, "groups": {"name": "Customers"}}
    contact = sdk.send("POST", "/v1/contact/", json=body).json["id"]
    assert [group["name"] for group in sdk.shop.read(contact)["groups"]] == ["Customers"]
    segment = sdk.shop.read(contact)["groups"][0]["id"]
    for how in ("detach", "attach"):
        assert sdk.send("POST", f"/v1/group/{segment}/contacts/{how}", json={"contactIds": contact}).status == 200
    assert sdk.send("POST", "/v1/emails/unsubscribed/add", json={"emails": "bob@example.org"}).status == 200
    letter = {"from": FROM, "subject": "Hi", "htmlText": "<p>Hi</p>", "emails": ANN}
    assert len(sdk.send("POST", "/v1/message/email", json=letter).json["results"]) == 1
    event = {"eventTypeKey": "Visit", "keyValue": ANN, "params": {"name": "page", "value": "home"}}
    assert sdk.send("POST", "/v1/event", json=event).status == 200
    past = {"events": {"eventTypeKey": "Visit", "keyValue": ANN, "occurred": "2026-01-02"}}
    assert sdk.send("POST", "/v1/past_events", json=past).json["successCount"] == 1


def test_contacts_may_come_as_a_bare_list_and_as_one_object(sdk: Sdk) -> None:
    person = {"channels": [{"type": "email", "value": ANN}]}
    for body in ([person], {"contacts": person, "dedupeOn": "email"}):
        assert sdk.send("POST", "/v1/contacts", json=body).status == 200


def test_null_says_as_much_as_leaving_out(sdk: Sdk) -> None:
    body: dict[str, Any] = {
        "id": None, "firstName": "Ann", "lastName": None, "channels": [{"type": "email", "value": ANN, "device": None}],
        "address": None, "fields": None, "groups": None, "addressBookId": None, "externalCustomerId": None,
        "contactKey": None, "languageCode": None, "timeZone": None, "ordersInfo": None,
    }  # fmt: skip
    contact = sdk.send("POST", "/v1/contact", json=body).json["id"]
    assert sdk.shop.read(contact)["firstName"] == "Ann"
    form = {"contact": body, "groups": None, "subscriptions": None, "formType": None}
    assert sdk.send("POST", "/v1/contact/subscribe", json=form).status == 200
    event = {"eventTypeKey": "Visit", "keyValue": ANN, "params": None}
    assert sdk.send("POST", "/v2/event", json=event).status == 200
    letter = {"from": FROM, "subject": "Hi", "htmlText": "<p>Hi</p>", "emails": [ANN], "tags": None, "plainText": None}
    assert sdk.send("POST", "/v1/message/email", json=letter).status == 200
    message = sdk.shop.email()
    recipient = {"locator": ANN, "jsonParam": None, "externalRequestId": None, "languageCode": None, "contactId": None}
    body = {"recipients": recipient, "email": True, "fromName": None}
    assert sdk.send("POST", f"/v1/message/{message}/smartsend/", json=body).status == 200


def test_nothing_in_an_answer_is_null_and_every_list_is_one(sdk: Sdk) -> None:
    contact = sdk.shop.save(("email", ANN))
    message = sdk.shop.email()
    sdk.shop.mail(ANN)
    sdk.shop.work()
    for path in (
        "/v1/contacts", f"/v1/contact/{contact}", f"/v1/contacts/email?ids={contact}", "/v1/groups", "/v1/subscriptions",
        "/v1/addressbooks", "/v1/messages/email", f"/v1/messages/email/{message}", "/v1/broadcasts", "/v1/interfaces/email",
        "/v2/contacts/activity?dateFrom=2026-01-01&dateTo=2026-01-02", "/v1/account/info", "/v1/balance",
    ):  # fmt: skip
        answer = sdk.send("GET", path)
        assert answer.status == 200, path
        assert "null" not in answer.text, path
    assert isinstance(sdk.send("GET", f"/v1/contacts/email?ids={contact}").json["results"], list)
