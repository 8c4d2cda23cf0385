"""1.3 balance, 1.6 to 1.15 stored messages, 1.16 and 1.17 interfaces."""

from typing import Any

import pytest

from app.models import ChannelType
from app.services import messages, senders
from app.services.messages import MessageDraft

from ..support.sites import Site
from .mailing import ALPHA, FROM, MailShop
from .shop import Shop

EMAIL = {"name": "Spring sale", "from": FROM, "subject": "Spring is here", "htmlText": "<p>Hello</p>"}


@pytest.fixture
def mail_shop(any_site: Site) -> MailShop:
    return MailShop(any_site)


def test_1_3_an_organization_begins_with_prepaid_messages(any_shop: Shop) -> None:
    assert any_shop.get("/v1/balance").json == {
        "currentBalance": 0.0, "creditLimit": 0.0, "currency": "USD", "bonusEmails": 2500, "bonusSmses": 10,
        "sendersReservedBalances": {},
    }  # fmt: skip


def test_1_6_a_message_is_made_and_read(mail_shop: MailShop) -> None:
    members = {
        "rawHtml": "<p>Hi</p>", "css": "p{margin:0}", "ampHtml": "<html amp4email></html>", "plainText": "Hi",
        "languageCode": "en-us", "tags": ["promo", "spring"], "subscriptionsKeys": ["news"],
    }  # fmt: skip
    id = mail_shop.email(**members)
    assert mail_shop.get(f"/v1/messages/email/{id}").json == EMAIL | members | {
        "id": id, "languageCode": "en-US", "languages": ["en-US"], "translations": [],
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["name", "from", "subject", "htmlText"])
def test_1_6_four_members_are_needed(mail_shop: MailShop, missing: str) -> None:
    body = {name: value for name, value in EMAIL.items() if name != missing}
    answer = mail_shop.send("POST", "/v1/messages/email", json=body)
    assert (answer.status, answer.json["errors"].keys()) == (422, {missing})


@pytest.mark.parametrize(
    "sender", ["other@example.org", '"Example Shop" <>', "Example Shop", "", "shop@example.org\r\nBcc: x@example.org", "@"]
)
def test_1_6_a_sender_that_is_not_confirmed_is_refused(mail_shop: MailShop, sender: str) -> None:
    answer = mail_shop.send("POST", "/v1/messages/email", json=EMAIL | {"from": sender})
    assert (answer.status, answer.json["error"]) == (400, "bad_request")


def test_1_6_the_address_is_what_is_confirmed_and_the_name_beside_it_is_free(mail_shop: MailShop) -> None:
    for given, stored in (
        ("shop@example.org", FROM),
        ('"Ann \\"A\\"" <SHOP@example.org>', '"Ann \\"A\\"" <shop@example.org>'),
    ):
        assert mail_shop.get(f"/v1/messages/email/{mail_shop.email(**{'from': given})}").json["from"] == stored


def test_1_6_a_sender_of_another_organization_is_not_confirmed_here(any_site: Site) -> None:
    MailShop(any_site)
    stranger = Shop(any_site)
    assert stranger.send("POST", "/v1/messages/email", json=EMAIL).status == 400


def test_1_7_messages_are_found_by_a_part_of_the_name_or_a_whole_tag(mail_shop: MailShop) -> None:
    first = mail_shop.email(name="Spring sale", tags=["promo"])
    second = mail_shop.email(name="Весняний розпродаж", tags=["Promo", "sale"])
    mail_shop.stored()
    for words, found in (("", [second, first]), ("SALE", [second, first]), ("ВЕСН", [second]), ("prom", []),
                         ("PROMO", [second, first]), ("nothing", [])):  # fmt: skip
        answer = mail_shop.get("/v1/messages/email", search=words)
        assert [row["id"] for row in answer.json] == found, words
        assert answer.headers["TotalCount"] == str(len(found))
    row = mail_shop.get("/v1/messages/email", startindex=2, maxrows=1)
    assert row.json == [EMAIL | {"id": first, "languages": [], "tags": ["promo"], "subscriptionsKeys": []}]
    assert row.headers["TotalCount"] == "2"


def test_1_9_a_deleted_message_is_gone_with_its_versions(mail_shop: MailShop) -> None:
    id = mail_shop.email()
    answer = mail_shop.send("DELETE", f"/v1/messages/email/{id}")
    assert (answer.status, answer.json) == (200, {"message": f"Message with id='{id}' has been deleted"})
    assert mail_shop.send("DELETE", f"/v1/messages/email/{id}").status == 404
    assert mail_shop.get(f"/v1/messages/email/{id}").status == 404
    assert mail_shop.get("/v1/messages/email").json == []


def test_1_10_the_base_version_is_replaced(mail_shop: MailShop) -> None:
    id = mail_shop.email(tags=["promo"], css="p{}")
    body = EMAIL | {"id": 4711, "subject": "Summer", "languageCode": "uk"}
    answer = mail_shop.send("PUT", f"/v1/messages/email/{id}", json=body)
    assert (answer.status, answer.json) == (200, {"message": f"Message with id='{id}' has been updated"})
    read = mail_shop.get(f"/v1/messages/email/{id}").json
    assert (read["id"], read["subject"], read["tags"], read["languages"], "css" in read) == (id, "Summer", [], ["uk"], False)
    assert mail_shop.send("PUT", f"/v1/messages/email/{id}", json={"name": "x"}).status == 422
    assert mail_shop.send("PUT", "/v1/messages/email/4711", json=EMAIL).status == 404


def test_1_11_and_1_12_language_versions_come_and_go(mail_shop: MailShop) -> None:
    id = mail_shop.email(languageCode="en")
    for subject in ("Весна", "Весна прийшла"):
        assert mail_shop.send("PUT", f"/v1/messages/email/{id}/uk", json=EMAIL | {"subject": subject}).status == 200
    read = mail_shop.get(f"/v1/messages/email/{id}").json
    assert (read["languages"], read["subject"]) == (["en", "uk"], "Spring is here")
    assert read["translations"] == [EMAIL | {"languageCode": "uk", "subject": "Весна прийшла"}]
    assert mail_shop.send("PUT", f"/v1/messages/email/{id}/en", json=EMAIL | {"subject": "Base"}).status == 200
    assert mail_shop.get(f"/v1/messages/email/{id}").json["subject"] == "Base"
    clash = mail_shop.send("PUT", f"/v1/messages/email/{id}", json=EMAIL | {"languageCode": "uk"})
    assert clash.status == 400
    assert mail_shop.send("DELETE", f"/v1/messages/email/{id}/en").status == 400, "the base version"
    assert mail_shop.send("DELETE", f"/v1/messages/email/{id}/uk").status == 200
    assert mail_shop.send("DELETE", f"/v1/messages/email/{id}/uk").status == 404
    assert mail_shop.send("PUT", f"/v1/messages/email/{id}/12", json=EMAIL).status == 400
    assert mail_shop.send("PUT", "/v1/messages/email/4711/uk", json=EMAIL).status == 404
    assert mail_shop.send("DELETE", "/v1/messages/email/4711/uk").status == 404


def test_1_14_and_1_15_sms_messages_are_read(mail_shop: MailShop) -> None:
    id = mail_shop.stored(tags=["service"], language_code="en")
    with mail_shop.site.rules():
        draft = MessageDraft(name="Parcel", sender=ALPHA, body="Посилка їде", tracks_links=False)
        messages.put_language(mail_shop.organization_id, ChannelType.SMS, id, "uk", draft)
    row = {
        "id": id, "name": "Parcel sent", "from": ALPHA, "text": "Your parcel is on its way", "trackUrls": False,
        "tags": ["service"], "languageCode": "en", "languages": ["en", "uk"], "subscriptionsKeys": [],
    }  # fmt: skip
    answer = mail_shop.get("/v1/messages/sms", search="parcel")
    assert (answer.json, answer.headers["TotalCount"]) == ([row], "1")
    version = {"languageCode": "uk", "name": "Parcel", "from": ALPHA, "text": "Посилка їде", "trackUrls": False}
    assert mail_shop.get(f"/v1/messages/sms/{id}").json == row | {"translations": [version]}
    assert mail_shop.get(f"/v1/messages/sms/{mail_shop.email()}").status == 404, "an email is no SMS"
    assert mail_shop.get(f"/v1/messages/email/{id}").status == 404


def test_1_16_and_1_17_only_confirmed_senders_are_listed(mail_shop: MailShop) -> None:
    assert mail_shop.get("/v1/interfaces/email").json == [{"type": "email", "value": FROM}]
    assert mail_shop.get("/v1/interfaces/sms").json == [{"type": "sms", "value": ALPHA}]
    with mail_shop.site.rules():
        senders.add(mail_shop.organization_id, ChannelType.EMAIL, "news@example.org").confirmed_at = None
    assert len(mail_shop.get("/v1/interfaces/email").json) == 1
    assert mail_shop.send("POST", "/v1/messages/email", json=EMAIL | {"from": "news@example.org"}).status == 400
    assert Shop(mail_shop.site).get("/v1/interfaces/email").json == []


def test_another_organizations_messages_are_out_of_reach(any_site: Site) -> None:
    shop, neighbour = MailShop(any_site), MailShop(any_site)
    theirs, sms = neighbour.email(), neighbour.stored()
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/messages/email/{theirs}", None), ("DELETE", f"/v1/messages/email/{theirs}", None),
        ("PUT", f"/v1/messages/email/{theirs}", EMAIL), ("PUT", f"/v1/messages/email/{theirs}/uk", EMAIL),
        ("DELETE", f"/v1/messages/email/{theirs}/uk", None), ("GET", f"/v1/messages/email/{theirs}/viewLink", None),
        ("GET", f"/v1/messages/sms/{sms}", None),
    ]  # fmt: skip
    for method, path, body in calls:
        assert shop.send(method, path, json=body).status == 404, path
    assert shop.get("/v1/messages/email").json == []
    assert neighbour.get(f"/v1/messages/email/{theirs}").status == 200


def test_1_7_and_1_12_messages_are_no_longer_than_a_program_can_hold(
    mail_shop: MailShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_MOST_CHARACTERS", 1000)
    first, second, third = (mail_shop.email(htmlText="x" * length, rawHtml="r" * 100) for length in (300, 400, 300))
    page = mail_shop.get("/v1/messages/email")
    assert [row["id"] for row in page.json] == [third, second], "three are longer than a page can be"
    assert page.headers["TotalCount"] == "3"
    assert [row["id"] for row in mail_shop.get("/v1/messages/email", startindex=3).json] == [first]
    translation = EMAIL | {"htmlText": "y" * 900}
    answer = mail_shop.send("PUT", f"/v1/messages/email/{first}/de", json=translation)
    assert (answer.status, answer.json["errors"].keys()) == (422, {"htmlText"})
    assert mail_shop.send("PUT", f"/v1/messages/email/{first}", json=translation).status == 200
    assert mail_shop.get(f"/v1/messages/email/{first}").json["languages"] == []
    monkeypatch.setattr(messages, "_MOST_MESSAGES", 3)
    assert mail_shop.send("POST", "/v1/messages/email", json=EMAIL).json["errors"].keys() == {"name"}
    mail_shop.send("DELETE", f"/v1/messages/email/{first}")
    assert mail_shop.email()
