"""1.19 and 1.20: push tokens."""

from typing import Any

import pytest

from app.models import ChannelType
from app.services import senders

from ..support.answers import Answer
from ..support.sites import Site
from .mailing import MailShop
from .shop import Shop

APP = "6D0C2B1E-52F4-4A35-9D0D-3B8A5F0C1A77"
TOKEN = "bk3R:example/token_1"


def push(shop: Shop, device: dict[str, Any] | None = None, token: str = TOKEN) -> int:
    answer = shop.post({"channels": {"type": "mobilepush", "value": token, "device": device}})
    number: int = answer.json["id"]
    return number


def ask(shop: Shop, app: str = APP, token: str = TOKEN) -> Answer:
    return shop.get(f"/v1/contact/token/activated/{app}/{token}")


def switch(shop: Shop, active: Any, app: str = APP, token: str = TOKEN) -> Answer:
    return shop.send("PUT", f"/v1/contact/token/activated/{app}/{token}", json={"active": active})


def test_1_19_and_1_20_a_token_is_active_until_it_is_switched_off(any_shop: Shop) -> None:
    id = push(any_shop, {"appId": APP.lower(), "os": "android"})
    assert (ask(any_shop).status, ask(any_shop).json) == (200, {"active": True})
    answer = switch(any_shop, False)
    assert (answer.status, answer.json) == (200, {"active": False})
    assert ask(any_shop).json == {"active": False}
    assert any_shop.read(id)["channels"][0]["device"] == {"appId": APP.lower(), "os": "android", "active": False}
    assert switch(any_shop, True).json == {"active": True}
    assert ask(any_shop).json == {"active": True}


def test_1_19_and_1_20_a_token_without_an_app_is_any_app_s(shop: Shop) -> None:
    push(shop)
    assert ask(shop).json == {"active": True}
    assert switch(shop, False).status == 200
    assert ask(shop).json == {"active": False}


def test_1_19_and_1_20_unknown_tokens_are_not_found(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    push(neighbour, {"appId": APP})
    gone = push(shop, {"appId": APP}, "gone")
    shop.delete(gone)
    push(shop, {"appId": "another"}, "other")
    for token in (TOKEN, "gone", "other", "nobody"):
        assert ask(shop, token=token).status == 404
        assert switch(shop, False, token=token).status == 404
    assert ask(neighbour).json == {"active": True}


@pytest.mark.parametrize("body", [{}, {"active": "perhaps"}, {"active": None}])
def test_1_20_what_is_neither_on_nor_off_is_refused(shop: Shop, body: dict[str, Any]) -> None:
    push(shop)
    assert shop.send("PUT", f"/v1/contact/token/activated/{APP}/{TOKEN}", json=body).status == 422
    assert shop.site.get(f"/api/v1/contact/token/activated/{APP}/{TOKEN}").status == 401


def test_1_20_a_token_that_is_off_gets_no_messages(any_site: Site) -> None:
    shop = MailShop(any_site)
    with any_site.rules():
        senders.add(shop.organization_id, ChannelType.MOBILEPUSH, "Shop app")
    message = shop.stored("mobilepush", name="Hello", sender="Shop app", body="News")
    device = {"appId": APP}
    tokens = [{"type": "mobilepush", "value": token, "device": device} for token in ("off", "on")]
    ann = shop.post({"channels": tokens, "groups": [{"name": "A"}]}).json["id"]
    push(shop, device, "alone")
    for token in ("off", "alone"):
        assert switch(shop, False, token=token).status == 200
    rows = shop.smart(message, {"locator": "off"}, {"contactId": ann}, {"locator": "alone"}, email=False)
    assert [row["status"] for row in rows] == ["ERROR", "OK", "ERROR"]
    assert rows[0]["message"] == "The push token is switched off"
    shop.send("POST", "/v1/broadcast", json={"messageId": message, "groups": shop.read(ann)["groups"][0]["id"]})
    shop.work()
    assert [letter["recipient"] for letter in shop.letters()] == ["on", "on"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [("mobilepush", {"appId": APP.lower()}), ("webpush", {"domain": "Shop.example"})],
)
def test_6_10_a_push_broadcast_goes_to_the_app_or_the_site_that_it_names(
    site: Site, kind: str, options: dict[str, Any]
) -> None:  # fmt: skip
    shop = MailShop(site)
    with site.rules():
        senders.add(shop.organization_id, ChannelType(kind), "Shop app")
    described = {
        "one": {"device": {"appId": APP}, "webPushSubscription": {"subscriptionPage": "https://www.shop.example/a"}},
        "other": {"device": {"appId": "x"}, "webPushSubscription": {"subscriptionPage": "https://notshop.example"}},
        "silent": {},
    }
    for token, details in described.items():
        id = shop.post({"channels": {"type": kind, "value": token} | details, "groups": {"name": "A"}}).json["id"]
    groups = [group["id"] for group in shop.read(id)["groups"]]
    message = shop.stored(kind, name="Hello", sender="Shop app", body="News")
    shop.send("POST", "/v1/broadcast", json={"messageId": message, "groups": groups} | options)
    shop.work()
    assert [letter["recipient"] for letter in shop.letters()] == ["one", "silent"]
