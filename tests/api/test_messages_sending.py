"""6.1 smartsend, 6.2 send, 6.3 message/status, 6.4 message/email, 6.6 message/sms, 6.8 message/viber."""

import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import BalanceEntry, ChannelType
from app.services import balance, senders

from ..support.sites import Site
from .mailing import ALPHA, FROM, MailShop
from .shop import Shop

ANN, BOB = "ann@example.org", "bob@example.org"
NO_LIMIT = pytest.mark.settings(rate_limit_general="100000/minute")


@pytest.fixture
def mail_shop(any_site: Site) -> MailShop:
    return MailShop(any_site)


def test_6_1_each_recipient_gets_the_message_with_data_of_its_own(mail_shop: MailShop) -> None:
    message = mail_shop.email(subject="For $!{data.name}", htmlText="<p>$!data.get('name'): $!{data.code}</p>")
    rows = mail_shop.smart(
        message,
        {"locator": ANN, "jsonParam": '{"name": "Ann & <Co>", "code": 1}', "externalRequestId": "order-77"},
        {"locator": BOB},
    )
    assert [(row["locator"], row["status"], row["id"]) for row in rows] == [(ANN, "OK", 0), (BOB, "OK", 0)]
    assert str(uuid.UUID(rows[0]["requestId"])) == rows[0]["requestId"] != rows[1]["requestId"]
    assert mail_shop.statuses(*(row["requestId"] for row in rows)) == ["IN_QUEUE", "IN_QUEUE"]
    mail_shop.work()
    first, second = mail_shop.letters()
    assert (first["recipient"], first["subject"], first["sender"]) == (ANN, "For Ann & <Co>", FROM)
    assert "<p>Ann &amp; &lt;Co&gt;: 1</p>" in first["html"]
    assert first["text"] == "Ann & <Co>: 1", "not escaped where it is text"
    assert (second["recipient"], second["subject"]) == (BOB, "For")
    assert "<p>: </p>" in second["html"]
    status = mail_shop.get("/v1/message/status", ids=rows[0]["requestId"]).json
    assert status == {
        "results": [{"requestId": rows[0]["requestId"], "status": "DELIVERED", "failed": False, "delivered": True}]
    }


def test_6_1_one_bad_recipient_is_a_row_and_not_a_failed_request(mail_shop: MailShop) -> None:
    message = mail_shop.email()
    rows = mail_shop.smart(
        message, {"locator": "not-an-address"}, {"locator": ANN}, {"contactId": 4711}, {"externalCustomerId": "C-1"}, {},
        {"locator": BOB, "jsonParam": "{"}, {"locator": BOB, "jsonParam": "[1]"},
        {"locator": BOB, "jsonParam": '{"a":' + "[" * 500 + "]" * 500 + "}"},
    )  # fmt: skip
    assert [(row["status"], row.get("message")) for row in rows] == [
        ("ERROR", "'not-an-address' is not valid email"), ("OK", None), ("ERROR", "Contact '4711' was not found"),
        ("ERROR", "Contact 'C-1' was not found"), ("ERROR", "A recipient needs a locator or an id"),
        ("ERROR", "jsonParam is not valid JSON"), ("ERROR", "jsonParam is not a JSON object"),
        ("ERROR", "jsonParam is nested too deeply"),
    ]  # fmt: skip
    assert [row["locator"] for row in rows] == ["not-an-address", ANN, "4711", "C-1", "", BOB, BOB, BOB]
    assert all("requestId" in row for row in rows if row["status"] == "OK")
    mail_shop.work()
    assert [letter["recipient"] for letter in mail_shop.letters()] == [ANN]


def test_6_1_recipients_are_named_by_contact_too(mail_shop: MailShop) -> None:
    ann = mail_shop.save(("email", ANN), ("sms", "380501234567"), externalCustomerId="C-1")
    phone_only = mail_shop.save(("sms", "380501234568"))
    rows = mail_shop.smart(
        mail_shop.email(), {"contactId": ann}, {"externalCustomerId": "C-1"}, {"contactId": phone_only}, {"email": ANN}
    )  # fmt: skip
    assert [row["locator"] for row in rows] == [ANN, ANN, str(phone_only), ANN]
    assert rows[2]["message"] == f"Contact '{phone_only}' has no channel of the type 'email'"
    mail_shop.work()
    assert len(mail_shop.letters()) == 3, "the same recipient may get a message twice, each with data of its own"


def test_6_1_an_unknown_address_becomes_a_confirmed_contact_with_that_channel_alone(mail_shop: MailShop) -> None:
    mail_shop.smart(mail_shop.email(), {"locator": "  ANN@example.org "}, {"locator": ANN}, {"locator": BOB})
    (first, second) = mail_shop.ids(sortBy="contactId")
    assert mail_shop.read(first) == {
        "id": first, "channels": [{"type": "email", "value": ANN}], "addressBookId": mail_shop.read(first)["addressBookId"],
        "fields": [], "groups": [],
    }  # fmt: skip
    assert mail_shop.channels(second) == [("email", BOB)]
    assert mail_shop.get("/v1/contacts").headers["TotalCount"] == "2"
    mail_shop.work()
    assert len(mail_shop.letters()) == 3


def test_6_1_the_reader_gets_the_version_in_their_language(mail_shop: MailShop) -> None:
    message = mail_shop.email(subject="Spring", languageCode="en")
    version = {"name": "x", "from": FROM, "subject": "Весна", "htmlText": "<p>!</p>"}
    assert mail_shop.send("PUT", f"/v1/messages/email/{message}/uk", json=version).status == 200
    mail_shop.save(("email", ANN), languageCode="uk-UA")
    mail_shop.save(("email", BOB), languageCode="de")
    mail_shop.smart(message, {"locator": ANN}, {"locator": BOB}, {"locator": BOB, "languageCode": "UK"})
    mail_shop.work()
    assert [letter["subject"] for letter in mail_shop.letters()] == ["Весна", "Spring", "Весна"]


def test_6_1_what_was_accepted_is_what_is_sent(mail_shop: MailShop) -> None:
    message = mail_shop.email(subject="Before")
    mail_shop.smart(message, {"locator": ANN})
    body = {"name": "x", "from": FROM, "subject": "After", "htmlText": "<p>!</p>"}
    assert mail_shop.send("PUT", f"/v1/messages/email/{message}", json=body).status == 200
    mail_shop.smart(message, {"locator": BOB})
    assert mail_shop.send("DELETE", f"/v1/messages/email/{message}").status == 200
    mail_shop.work()
    assert [letter["subject"] for letter in mail_shop.letters()] == ["Before", "After"]


def test_6_1_the_name_of_the_sender_can_be_another(mail_shop: MailShop) -> None:
    mail_shop.smart(mail_shop.email(), {"locator": ANN}, fromName='The "Shop"')
    sms = mail_shop.stored()
    path = f"/v1/message/{sms}/smartsend"
    recipients = [{"locator": "+38 050 123 45 67"}]
    unknown = mail_shop.send("POST", path, json={"recipients": recipients, "fromName": "Stranger"})
    assert unknown.status == 400, "an alpha name has to be confirmed"
    mail_shop.smart(sms, *recipients, fromName=ALPHA, email=False)
    mail_shop.work()
    assert [letter["sender"] for letter in mail_shop.letters()] == ['"The \\"Shop\\"" <shop@example.org>', ALPHA]
    assert mail_shop.send("POST", path, json={"recipients": recipients, "email": True}).status == 400


def test_6_1_any_channel_has_stored_messages(mail_shop: MailShop) -> None:
    with mail_shop.site.rules():
        senders.add(mail_shop.organization_id, ChannelType.MOBILEPUSH, "Shop app")
    push = mail_shop.stored("mobilepush", name="Hello", sender="Shop app", body="News, $!data.get('who')")
    mail_shop.smart(push, {"locator": "token-1", "jsonParam": '{"who": "Ann"}'})
    mail_shop.work()
    assert [(letter["recipient"], letter["text"]) for letter in mail_shop.letters()] == [("token-1", "News, Ann")]
    (contact,) = mail_shop.ids()
    assert mail_shop.channels(contact) == [("mobilepush", "token-1")]


@pytest.mark.parametrize("recipients", [[], None, [{"locator": ANN}] * 1001])
def test_6_1_no_recipients_or_too_many_are_refused(mail_shop: MailShop, recipients: Any) -> None:
    message = mail_shop.email()
    answer = mail_shop.send("POST", f"/v1/message/{message}/smartsend", json={"recipients": recipients})
    assert (answer.status, answer.json["error"]) == (400, "bad_request")
    assert mail_shop.get("/v1/contacts").headers["TotalCount"] == "0"


def test_6_1_a_thousand_recipients_are_taken_at_once(mail_shop: MailShop) -> None:
    rows = mail_shop.smart(mail_shop.email(), *({"locator": f"p{number}@example.org"} for number in range(1000)))
    assert [row["status"] for row in rows] == ["OK"] * 1000
    mail_shop.work()
    assert len({letter["recipient"] for letter in mail_shop.letters()}) == 1000
    assert mail_shop.get("/v1/contacts").headers["TotalCount"] == "1000"


def test_6_1_unconfirmed_and_unsubscribed_addresses_get_nothing(mail_shop: MailShop) -> None:
    subscribed = mail_shop.send(
        "POST", "/v1/contact/subscribe", json={"contact": {"channels": [{"type": "email", "value": ANN}]}}
    )
    assert subscribed.status == 200
    mail_shop.send("POST", "/v1/emails/unsubscribed/add", json={"emails": [BOB]})
    message = mail_shop.email()
    unconfirmed, unsubscribed = mail_shop.smart(message, {"locator": ANN}, {"locator": BOB})
    (allowed,) = mail_shop.smart(message, {"locator": ANN}, allowUnconfirmed=True)
    mail_shop.work()
    ids = [row["requestId"] for row in (unconfirmed, unsubscribed, allowed)]
    assert mail_shop.statuses(*ids) == ["NOT_CONFIRMED", "UNSUBSCRIBED", "DELIVERED"]
    row = mail_shop.get("/v1/message/status", ids=unsubscribed["requestId"]).json["results"][0]
    assert (row["failed"], row["delivered"]) == (True, False)
    mail_shop.mail(ANN)
    mail_shop.work()
    wanted = [letter for letter in mail_shop.letters() if "Confirm" not in letter["subject"]]
    assert [letter["recipient"] for letter in wanted] == [ANN, ANN], "a single text is no bulk mail"


def test_6_1_an_unknown_or_foreign_message_is_not_found(any_site: Site) -> None:
    shop, neighbour = MailShop(any_site), MailShop(any_site)
    theirs = neighbour.email()
    for id in (theirs, 4711, 2**63):
        assert shop.send("POST", f"/v1/message/{id}/smartsend", json={"recipients": [{"locator": ANN}]}).status == 404
        assert shop.send("POST", f"/v1/message/{id}/send", json={"recipients": [ANN]}).status == 404
    contact = neighbour.save(("email", ANN))
    assert shop.smart(shop.email(), {"contactId": contact})[0]["status"] == "ERROR"
    (row,) = neighbour.smart(theirs, {"contactId": contact})
    assert shop.statuses(row["requestId"]) == ["MESSAGE_NOT_FOUND"]


def test_6_2_one_set_of_parameters_serves_all(mail_shop: MailShop) -> None:
    message = mail_shop.email(htmlText="<p>$!data.get('code')</p>")
    path = f"/v1/message/{message}/send"
    body = {"recipients": [ANN, BOB, ANN], "email": True, "params": [{"key": "code", "value": "ABC"}], "fromName": "Us"}
    rows = mail_shop.send("POST", path, json=body).json["results"]
    assert [row["locator"] for row in rows] == [ANN, BOB, ANN]
    assert rows[0]["requestId"] == rows[2]["requestId"], "each address once"
    contact = mail_shop.save(("email", "eve@example.org"), groups=[{"name": "A"}])
    segment = mail_shop.read(contact)["groups"][0]["id"]
    assert mail_shop.send("POST", path, json={"contactId": contact}).json["results"][0]["locator"] == "eve@example.org"
    (whole,) = mail_shop.send("POST", path, json={"groupId": segment, "params": body["params"]}).json["results"]
    assert (whole["locator"], mail_shop.statuses(whole["requestId"])) == (str(segment), ["IN_QUEUE"])
    mail_shop.work()
    assert mail_shop.statuses(whole["requestId"]) == ["DELIVERED"]
    letters = [(letter["recipient"], "ABC" in letter["html"]) for letter in mail_shop.letters()]
    assert sorted(letters) == [(ANN, True), (BOB, True), ("eve@example.org", False), ("eve@example.org", True)]
    for whom in ({}, {"recipients": [ANN], "groupId": segment}, {"groupId": 4711}):
        assert mail_shop.send("POST", path, json=whom).status == 400


def test_6_3_ids_are_asked_for_together_and_unknown_ones_said_so(mail_shop: MailShop) -> None:
    (mail,), (sms,) = mail_shop.mail(ANN), mail_shop.text("380501234567")
    unknown = str(uuid.uuid4())
    both = f"{mail['requestId']},{unknown}, {sms['requestId'].upper()}"
    assert mail_shop.statuses(both) == ["IN_QUEUE", "MESSAGE_NOT_FOUND", "IN_QUEUE"]
    for kind, found in (("email", ["IN_QUEUE", "MESSAGE_NOT_FOUND", "MESSAGE_NOT_FOUND"]),
                        ("sms", ["MESSAGE_NOT_FOUND", "MESSAGE_NOT_FOUND", "IN_QUEUE"]),
                        ("viber", ["MESSAGE_NOT_FOUND"] * 3)):  # fmt: skip
        rows = mail_shop.get(f"/v1/message/{kind}/status", ids=both).json["results"]
        assert [row["status"] for row in rows] == found
    assert mail_shop.get("/v1/message/status").status == 400
    assert mail_shop.get("/v1/message/status", ids=",").status == 400
    assert mail_shop.get("/v1/message/status", ids=",".join(["x"] * 1001)).status == 400


def test_6_4_an_email_text_goes_to_several_addresses(mail_shop: MailShop) -> None:
    rows = mail_shop.mail(
        ANN, "bad", "ANN@example.org", BOB, plainText="Thanks, $!{data.name}!", ampHtmlText="<html amp4email></html>",
        htmlText="<p>Thanks, $!{data.name}!</p>", tags=["order"], externalRequestId="order-77",
    )  # fmt: skip
    assert [row["status"] for row in rows] == ["OK", "ERROR", "OK", "OK"]
    assert rows[0]["requestId"] == rows[2]["requestId"], "each address once"
    mail_shop.work()
    first, second = mail_shop.letters()
    assert (first["recipient"], first["subject"], first["text"]) == (ANN, "Your order", "Thanks, !")
    assert (second["recipient"], second["amp_html"]) == (BOB, "<html amp4email></html>")
    delivered = mail_shop.activity()[0]
    assert (delivered.message_id, delivered.text_id, delivered.message_tags) == (0, 0, ",order,")
    assert (delivered.external_request_id, delivered.status, delivered.sender) == ("order-77", "DELIVERED", FROM)


def test_6_4_templates_can_be_left_alone(mail_shop: MailShop) -> None:
    text = "Price: $!{data.price} <b>$!data.get('x')</b>"
    mail_shop.mail(ANN, subject=text, htmlText=text, plainText=text, skipPersonalisation=True, trackUrls=False)
    mail_shop.work()
    (letter,) = mail_shop.letters()
    assert letter["subject"] == letter["text"] == text
    assert letter["html"].startswith(text)


@pytest.mark.parametrize("missing", ["from", "subject", "htmlText"])
def test_6_4_what_is_missing_is_said(mail_shop: MailShop, missing: str) -> None:
    body = {"from": FROM, "subject": "s", "htmlText": "<p>", "emails": [ANN]}
    del body[missing]
    answer = mail_shop.send("POST", "/v1/message/email", json=body)
    assert (answer.status, list(answer.json["errors"])) == (422, [missing])


def test_6_4_no_address_or_an_unconfirmed_sender_is_refused(mail_shop: MailShop) -> None:
    body = {"from": FROM, "subject": "s", "htmlText": "<p>"}
    for more in ({}, {"emails": []}, {"emails": [ANN], "from": "x@example.org"}, {"emails": [ANN], "from": "x"}):
        assert mail_shop.send("POST", "/v1/message/email", json=body | more).status == 400
    assert mail_shop.send("POST", "/v1/message/email", json=body | {"emails": ANN}).status == 200


def test_6_4_a_line_break_in_a_subject_makes_no_header(mail_shop: MailShop) -> None:
    mail_shop.smart(mail_shop.email(subject="$!data.get('s')"), {"locator": ANN, "jsonParam": '{"s": "A\\r\\nBcc: x@y.z"}'})
    mail_shop.work()
    assert mail_shop.letters()[0]["subject"] == "A Bcc: x@y.z"


def test_6_6_an_sms_goes_to_numbers_or_to_a_segment(mail_shop: MailShop) -> None:
    rows = mail_shop.text("380501234567", "+38 (050) 123-45-67", "12", externalRequestId="x")
    assert [row["status"] for row in rows] == ["OK", "OK", "ERROR"]
    contact = mail_shop.save(("sms", "380501234568"), groups=[{"name": "A"}])
    segment = mail_shop.read(contact)["groups"][0]["id"]
    (whole,) = mail_shop._rows("/v1/message/sms", {"from": ALPHA, "text": "All", "groupId": segment})
    mail_shop.work()
    texts = [(letter["recipient"], letter["text"], letter["sender"]) for letter in mail_shop.letters()]
    assert texts.count(("380501234567", "Your code: 4821", ALPHA)) == 1
    assert texts.count(("380501234568", "All", ALPHA)) == 1
    assert mail_shop.statuses(whole["requestId"]) == ["DELIVERED"]
    for body in ({"from": "Stranger", "phoneNumbers": ["380501234567"]}, {"from": ALPHA}, {"from": ALPHA, "groupId": 4711},
                 {"from": ALPHA, "groupId": segment, "phoneNumbers": ["380501234567"]}):  # fmt: skip
        assert mail_shop.send("POST", "/v1/message/sms", json={"text": "x"} | body).status == 400


def test_6_8_a_viber_text_reaches_the_phone_of_an_sms_channel(mail_shop: MailShop) -> None:
    mail_shop.fund("10")
    contact = mail_shop.save(("sms", "380501234567"))
    extras = {"img": "https://x.example/i.png", "caption": "Buy", "action": "https://x.example/"}
    mail_shop.text("380501234567", channel="viber", iosExpirityText="Missed", ttlSeconds=3600, trackUrls=False, **extras)
    mail_shop._rows("/v1/message/viber", {"text": "x", "iosExpirityText": "y", "phoneNumbers": ["380501234568"]})
    mail_shop.work()
    letter, other = mail_shop.letters()
    assert letter["extras"] == extras | {"iosExpirityText": "Missed", "ttlSeconds": 3600}
    assert (other["sender"], other["extras"]["ttlSeconds"]) == (ALPHA, 86400)
    assert mail_shop.ids(sortBy="contactId")[0] == contact
    assert mail_shop.channels(mail_shop.ids(sortBy="contactId")[1]) == [("sms", "380501234568")]
    alone = {"text": "x", "iosExpirityText": "y", "phoneNumbers": ["380501234567"], "img": "https://x.example/i.png"}
    assert mail_shop.send("POST", "/v1/message/viber", json=alone).status == 422, "picture, text and link go together"
    assert mail_shop.send("POST", "/v1/message/viber", json={"text": "x", "phoneNumbers": ["380501234567"]}).status == 422


@pytest.mark.settings(bonus_emails=1, bonus_smses=0, price_email="0.5", price_sms="0.1")
def test_1_3_sending_draws_on_the_balance_and_stops_where_it_ends(mail_shop: MailShop) -> None:
    mail_shop.fund("1.20")
    rows = mail_shop.mail(ANN, "x", BOB, "eve@example.org", "dan@example.org")
    assert [row["status"] for row in rows] == ["OK", "ERROR", "OK", "OK", "OK"]
    mail_shop.work()
    ids = [row["requestId"] for row in rows if row["status"] == "OK"]
    assert mail_shop.statuses(*ids) == ["DELIVERED", "DELIVERED", "DELIVERED", "NO_MONEY"]
    left = mail_shop.get("/v1/balance").json
    assert (left["currentBalance"], left["bonusEmails"]) == (0.2, 0)
    assert len(mail_shop.letters()) == 3
    (sms, nothing) = mail_shop.text("380501234567", "380501234568") + mail_shop.text("380501234569")[:0]
    assert mail_shop.get("/v1/balance").json["currentBalance"] == 0.0
    assert mail_shop.statuses(sms["requestId"], nothing["requestId"]) == ["IN_QUEUE", "IN_QUEUE"]
    (none,) = mail_shop.text("380501234569")
    assert mail_shop.statuses(none["requestId"]) == ["NO_MONEY"]
    assert mail_shop.get("/v1/message/status", ids=none["requestId"]).json["results"][0]["failed"] is True


def reserve(shop: MailShop, channel: str, sender: str, amount: str) -> int:
    arguments = ["balance", "reserve", "--organization", shop.organization, "--channel", channel, "--sender", sender]
    return shop.site.app.test_cli_runner().invoke(args=[*arguments, "--amount", amount]).exit_code


def reserved(shop: MailShop) -> tuple[float, dict[str, list[tuple[str, float]]]]:
    """The money on the account, and what is set aside for single senders."""
    left = shop.get("/v1/balance").json
    rows = left["sendersReservedBalances"]
    return left["currentBalance"], {kind: [(row["senderName"], row["balance"]) for row in rows[kind]] for kind in rows}


@pytest.mark.settings(bonus_emails=0)
def test_1_3_money_that_is_set_aside_for_a_sender_is_used_first(mail_shop: MailShop) -> None:
    mail_shop.fund("1")
    assert reserve(mail_shop, "viber", ALPHA, "0.05") == 0
    assert reserve(mail_shop, "viber", ALPHA, "2") == reserve(mail_shop, "viber", "Other", "0.01") == 1
    assert reserved(mail_shop) == (0.95, {"viber": [(ALPHA, 0.05)]})
    mail_shop.text("380501234567", "380501234568", "380501234569", channel="viber", iosExpirityText="Late")
    assert reserved(mail_shop) == (0.93, {"viber": [(ALPHA, 0.01)]})
    assert reserve(mail_shop, "viber", ALPHA, "-0.01") == 0
    assert reserve(mail_shop, "email", "shop@example.org", "0.001") == 0
    (row,) = mail_shop.mail("ann@example.org")
    assert reserved(mail_shop) == (0.939, {"email": [("shop@example.org", 0.0)], "viber": [(ALPHA, 0.0)]})
    mail_shop.send("POST", "/v1/emails/unsubscribed/add", json={"emails": "ann@example.org"})
    mail_shop.work()
    assert mail_shop.statuses(row["requestId"]) == ["UNSUBSCRIBED"]
    assert reserved(mail_shop) == (0.939, {"email": [("shop@example.org", 0.001)], "viber": [(ALPHA, 0.0)]})
    with mail_shop.site.rules():
        entries = db.session.execute(select(BalanceEntry.sender_id, BalanceEntry.money)).all()
    assert sum(money for sender_id, money in entries if sender_id is None) == 939_000
    assert sum(money for sender_id, money in entries if sender_id is not None) == 1_000


@pytest.mark.settings(bonus_emails=1, price_email="0.5")
def test_1_3_who_owes_prepaid_messages_pays_for_each_and_owes_no_less(mail_shop: MailShop) -> None:
    with mail_shop.site.rules():
        tariff = balance.tariff_of(mail_shop.site.app.config["SETTINGS"])
        balance.top_up(mail_shop.organization_id, Decimal(10), tariff, emails=-3)
    mail_shop.mail(ANN, BOB)
    left = mail_shop.get("/v1/balance").json
    assert (left["currentBalance"], left["bonusEmails"]) == (9.0, -2)


def test_every_documented_error_has_its_status(any_site: Site, clock: SimpleNamespace) -> None:
    reader = Shop(any_site, scope="read:contacts")
    calls = [
        ("POST", "/v1/message/1/smartsend"), ("POST", "/v1/message/1/send"), ("GET", "/v1/message/status"),
        ("POST", "/v1/message/email"), ("GET", "/v1/message/email/status"), ("POST", "/v1/message/sms"),
        ("GET", "/v1/message/sms/status"), ("POST", "/v1/message/viber"), ("GET", "/v1/message/viber/status"),
        ("POST", "/v1/broadcast"), ("GET", "/v1/broadcast/1"), ("DELETE", "/v1/broadcast/1"), ("GET", "/v1/broadcasts"),
    ]  # fmt: skip
    for method, path in calls:
        assert any_site.send(method, f"/api{path}", json={}).status == 401
        refused = reader.send(method, path, json={})
        assert (refused.status, refused.json["error"]) == (403, "insufficient_scope"), path
        assert "send:messages" in refused.headers["WWW-Authenticate"]
