"""1.19 and 1.20: push tokens."""

from typing import Any

import pytest

from ..support.answers import Answer
from ..support.sites import Site
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
