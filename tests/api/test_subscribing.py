"""2.8 POST contact/subscribe, and the page behind the link that confirms."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import ContactChannel, Event, EventType, UnsubscribedBy
from app.services import confirmations, organizations, unsubscribed

from ..support.answers import Answer
from ..support.sites import Site
from .shop import Shop
from .test_subscriptions import category, keys, listed

ANN, PHONE = ("email", "ann@example.org"), ("sms", "380501234567")


def subscribe(shop: Shop, *channels: tuple[str, str], **members: Any) -> Answer:
    own = {name: members.pop(name) for name in ("groups", "subscriptions", "formType") if name in members}
    contact = {"channels": [{"type": type, "value": value} for type, value in channels]} | members
    return shop.send("POST", "/v1/contact/subscribe", json={"contact": contact} | own)


def status(answer: Answer) -> tuple[str | None, bool]:
    assert answer.status == 200, answer.text
    return answer.json.get("emailStatus"), answer.json["new"]


def confirmed(shop: Shop, id: int) -> dict[str, bool]:
    with shop.site.rules():
        channels = db.session.scalars(select(ContactChannel).where(ContactChannel.contact_id == id))
        return {channel.value: channel.confirmed_at is not None for channel in channels}


def follow(shop: Shop, id: int, email: str, method: str = "GET") -> Answer:
    settings = shop.site.app.config["SETTINGS"]
    link = confirmations.link(settings.keys, settings.issuer, id, email)
    return shop.site.visitor().send(method, link.removeprefix(settings.issuer))


def events(shop: Shop) -> list[tuple[str, str, list[dict[str, Any]]]]:
    with shop.site.rules():
        rows = db.session.execute(select(EventType.key, Event.key, Event.params).join(Event).order_by(Event.id))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def test_2_8_a_new_contact_is_unconfirmed_until_the_link_is_followed(any_shop: Shop) -> None:
    category(any_shop, "News")
    body = {"groups": "Subscribers", "subscriptions": ["news"], "formType": "footer"}
    answer = subscribe(any_shop, ANN, PHONE, firstName="Ann", **body)
    id = answer.json["id"]
    assert answer.json == {"id": id, "emailStatus": "NEED_CONFIRMATION", "new": True}
    assert confirmed(any_shop, id) == {"ann@example.org": False, "380501234567": True}
    read = any_shop.read(id)
    assert read["firstName"] == "Ann"
    assert [group["name"] for group in read["groups"]] == ["News", "Subscribers"]
    assert keys(any_shop, id) == ["news"]
    page = follow(any_shop, id, "ann@example.org")
    assert page.status == 200
    assert any_shop.organization in page.words
    assert confirmed(any_shop, id)["ann@example.org"]
    assert status(subscribe(any_shop, ANN, firstName="Ann", **body)) == ("ALREADY_SUBSCRIBED", False)
    assert status(subscribe(any_shop, ANN, groups=["Others"])) == ("SUBSCRIBED", False)
    assert follow(any_shop, id, "ann@example.org").status == 200, "following it again does no harm"


def test_2_8_the_event_says_whether_the_contact_is_new(any_shop: Shop) -> None:
    id = subscribe(any_shop, ANN, formType="footer").json["id"]
    subscribe(any_shop, ANN, firstName="Ann")
    other = subscribe(any_shop, PHONE).json["id"]
    ids = [{"name": "ContactId", "value": str(id)}, {"name": "EmailAddress", "value": "ann@example.org"}]
    assert events(any_shop) == [
        ("subscribeFromApi-footer", str(id), ids),
        ("subscribeUpdateFromApi", str(id), ids),
        ("subscribeFromApi", str(other), [{"name": "ContactId", "value": str(other)}]),
    ]


def test_2_8_existing_channels_are_left_alone(any_shop: Shop) -> None:
    id = any_shop.save(ANN, PHONE, externalCustomerId="C-1", lastName="Lee")
    answer = subscribe(any_shop, ("email", "new@example.org"), externalCustomerId="C-1", firstName="Ann")
    assert (answer.json["id"], status(answer)) == (id, ("NEED_CONFIRMATION", False))
    assert confirmed(any_shop, id) == {"ann@example.org": True, "380501234567": True, "new@example.org": False}
    assert status(subscribe(any_shop, ("email", "third@example.org"), externalCustomerId="C-1")) == (
        "ALREADY_SUBSCRIBED",
        False,
    )
    read = any_shop.read(id)
    assert [channel["value"] for channel in read["channels"]] == ["ann@example.org", "380501234567", "new@example.org"]
    assert (read["firstName"], read["lastName"]) == ("Ann", "Lee")


def test_2_8_found_by_external_id_then_email_then_phone(any_shop: Shop) -> None:
    by_id, by_email = any_shop.save(("email", "x@example.org"), externalCustomerId="C-1"), any_shop.save(ANN)
    by_phone = any_shop.save(PHONE)
    assert subscribe(any_shop, ANN, PHONE, externalCustomerId="C-1").json["id"] == by_id
    assert subscribe(any_shop, PHONE, ("email", "ann@example.org"), firstName="Ann").json["id"] in (by_id, by_email)
    assert subscribe(any_shop, PHONE, ("email", "y@example.org"), firstName="Bo").json["id"] in (by_id, by_phone)
    any_shop.delete(by_id)
    restored = subscribe(any_shop, ANN, externalCustomerId="C-1", lastName="Lee")
    assert (restored.json["id"], restored.json["new"]) == (by_id, False)


def test_2_8_without_an_email_there_is_no_email_status(shop: Shop) -> None:
    answer = subscribe(shop, PHONE)
    assert answer.json == {"id": answer.json["id"], "new": True}


def test_2_8_who_unsubscribed_has_to_confirm_again_and_who_complained_can_not(any_shop: Shop) -> None:
    id = any_shop.save(ANN)
    any_shop.send("POST", "/v1/emails/unsubscribed/add", json={"emails": ["ann@example.org"]})
    assert status(subscribe(any_shop, ANN)) == ("NEED_CONFIRMATION", False)
    assert listed(any_shop, "ann@example.org"), "not before the link is followed"
    follow(any_shop, id, "ann@example.org")
    assert not listed(any_shop, "ann@example.org")
    with any_shop.site.rules():
        organization = organizations.get_by_name(any_shop.organization).id
        unsubscribed.add(organization, ["ann@example.org"], UnsubscribedBy.COMPLAINT)
        unsubscribed.add(organization, ["ann@example.org"])
    assert status(subscribe(any_shop, ANN, firstName="Ann")) == ("BLACKLISTED", False)
    follow(any_shop, id, "ann@example.org")
    assert listed(any_shop, "ann@example.org")


def test_2_8_the_same_request_within_a_minute_is_refused(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    assert subscribe(shop, ANN).status == 200
    assert subscribe(shop, ANN).json["message"] == "Duplicated request"
    clock.advance(seconds=61)
    assert subscribe(shop, ANN).status == 200


@pytest.mark.parametrize(
    ("members", "status", "named"),
    [
        ({"subscriptions": ["unknown"]}, 400, None),
        ({"formType": "a|b"}, 422, {"formType"}),
        ({"formType": "x" * 78}, 422, {"formType"}),
        ({"groups": [" "]}, 422, {"groups.0.name"}),
        ({"firstName": "1"}, 422, {"firstName"}),
    ],
)
def test_2_8_refusals_change_nothing(shop: Shop, members: dict[str, Any], status: int, named: set[str] | None) -> None:
    answer = subscribe(shop, ANN, **members)
    assert answer.status == status
    assert named is None or answer.json["errors"].keys() == named
    assert shop.ids() == []
    assert events(shop) == []


def test_2_8_documented_errors(site: Site) -> None:
    body = {"contact": {"channels": [{"type": "email", "value": "ann@example.org"}]}}
    assert site.post("/api/v1/contact/subscribe", json=body).status == 401
    assert subscribe(Shop(site, scope="read:contacts"), ANN).status == 403
    shop = Shop(site, scope="write:contacts")
    assert shop.send("POST", "/v1/contact/subscribe", json={}).status == 422
    assert shop.send("POST", "/v1/contact/subscribe", json={"contact": {}}).json["errors"].keys() == {"contact.channels"}
    assert shop.send("GET", "/v1/contact/subscribe").status == 405


def test_a_link_confirms_only_what_it_is_for(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    id = subscribe(shop, ANN).json["id"]
    for path in ("/confirm/x", "/confirm/WzEsImEiLDFd.x", "/confirm/"):
        assert any_site.visitor().send("GET", path).status == 404
    assert follow(shop, id, "other@example.org").status == 404
    assert follow(shop, id + 1, "ann@example.org").status == 404
    assert follow(shop, id, "ann@example.org", "HEAD").status == 200
    settings = any_site.app.config["SETTINGS"]
    link = confirmations.link(settings.keys, settings.issuer, id, "ann@example.org").removeprefix(settings.issuer)
    clock.advance(seconds=confirmations.VALID_SECONDS + 1)
    assert any_site.visitor().send("GET", link).status == 404
    assert not confirmed(shop, id)["ann@example.org"]


def test_a_link_outlives_the_rotation_of_the_server_s_key(make_app: Callable[..., Flask]) -> None:
    old, new = "o" * 32, "n" * 32
    token = confirmations.link([old], "", 1, "a@example.org").removeprefix("/confirm/")
    assert confirmations._signer([new, old]).loads(token)[0] == 1
    fresh = confirmations.link([new, old], "", 1, "a@example.org").removeprefix("/confirm/")
    assert confirmations._signer([new]).loads(fresh)[0] == 1
