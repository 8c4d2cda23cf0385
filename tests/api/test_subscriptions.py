"""1.4, 2.7 and 3.4 subscription categories; 2.9 and 2.10 the unsubscribed list."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.services import organizations, subscriptions, unsubscribed

from ..support.answers import Answer
from ..support.sites import Site
from .shop import Shop

ANN = ("email", "ann@example.org")


def category(shop: Shop, name: str, key: str | None = None) -> dict[str, Any]:
    with shop.site.rules():
        made = subscriptions.create(organizations.get_by_name(shop.organization).id, name, key)
        return {"id": made.id, "key": made.key, "groupId": made.segment_id, "name": made.name}


def listed(shop: Shop, *emails: str) -> set[str]:
    with shop.site.rules():
        return set(unsubscribed.among(organizations.get_by_name(shop.organization).id, emails))


def put(shop: Shop, id: int, *keys: str) -> Answer:
    return shop.send("PUT", f"/v1/contact/{id}/subscriptions", json={"subscriptions": keys})


def keys(shop: Shop, id: int) -> list[str]:
    return [row["key"] for row in shop.get(f"/v1/contact/{id}/subscriptions").json]


def test_1_4_categories_with_their_subscribers(any_site: Site, clock: SimpleNamespace) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    assert shop.get("/v1/subscriptions").json == []
    news, sales = category(shop, "News"), category(shop, "Зимовий розпродаж", "sales")
    category(neighbour, "News")
    put(shop, shop.save(ANN), "news")
    rows = shop.get("/v1/subscriptions").json
    dates = [(row.pop("createdDate"), row.pop("updatedDate")) for row in rows]
    assert rows == [news | {"contactsCount": 1}, sales | {"contactsCount": 0}]
    assert {len(date) for pair in dates for date in pair} == {len("2025-02-01T09:00:00")}


def test_1_4_times_are_the_organizations_own(site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(site)
    category(shop, "News")
    with site.rules():
        organizations.get_by_name(shop.organization).time_zone = "Pacific/Kiritimati"
    (row,) = shop.get("/v1/subscriptions").json
    there = clock.now().astimezone(ZoneInfo("Pacific/Kiritimati")).replace(tzinfo=None)
    assert abs(there - datetime.fromisoformat(row["createdDate"])) < timedelta(minutes=5)


def test_1_4_a_key_is_made_from_the_title(site: Site) -> None:
    shop = Shop(site)
    assert category(shop, "Big  Sale: 50%")["key"] == "big-sale-50"
    assert category(shop, "Новини")["key"] == "новини"


def test_2_7_the_list_replaces_the_former_one(any_shop: Shop) -> None:
    news = category(any_shop, "News")
    category(any_shop, "Sales")
    id = any_shop.save(ANN, groups=[{"name": "Other"}])
    answer = put(any_shop, id, "news", "sales", "news")
    assert (answer.status, answer.json) == (200, {"message": "Subscriptions have been updated"})
    assert keys(any_shop, id) == ["news", "sales"]
    assert put(any_shop, id, "sales").status == 200
    assert keys(any_shop, id) == ["sales"]
    assert put(any_shop, id).status == 200
    assert keys(any_shop, id) == []
    assert [group["name"] for group in any_shop.read(id)["groups"]] == ["Other"]
    assert any_shop.get(f"/v1/group/{news['groupId']}/contacts").headers["TotalCount"] == "0"


def test_2_7_an_unknown_key_changes_nothing(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    category(shop, "News")
    category(neighbour, "Theirs")
    id = shop.save(ANN)
    put(shop, id, "news")
    refused = put(shop, id, "theirs")
    assert (refused.status, refused.json["error"]) == (400, "bad_request")
    assert "'theirs'" in refused.json["message"]
    assert keys(shop, id) == ["news"]
    assert shop.send("PUT", f"/v1/contact/{id}/subscriptions", json={}).status == 422


def test_3_4_a_contact_in_the_segment_of_a_category_is_subscribed(any_shop: Shop) -> None:
    news = category(any_shop, "News")
    id = any_shop.save(ANN, groups=[{"name": "News"}])
    assert any_shop.get(f"/v1/contact/{id}/subscriptions").json == [news]
    any_shop.send("POST", f"/v1/group/{news['groupId']}/contacts/detach", json={"contactIds": [id]})
    assert any_shop.get(f"/v1/contact/{id}/subscriptions").json == []


def test_unknown_deleted_and_foreign_contacts_are_not_found(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    category(shop, "News")
    theirs, gone = neighbour.save(ANN), shop.save(ANN)
    shop.delete(gone)
    for id in (theirs, gone, 4711):
        assert shop.get(f"/v1/contact/{id}/subscriptions").status == 404
        assert put(shop, id, "news").status == 404


def test_2_9_and_2_10_addresses_go_on_the_list_and_off(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    both = ["ann@example.org", "bob@example.org"]
    for _ in range(2):
        answer = shop.send("POST", "/v1/emails/unsubscribed/add", json={"emails": ["Ann@Example.ORG", *both]})
        assert (answer.status, answer.json) == (200, {})
    assert listed(shop, *both, "eve@example.org") == set(both)
    assert listed(neighbour, *both) == set()
    for _ in range(2):
        answer = shop.send("POST", "/v1/emails/unsubscribed/delete", json={"emails": "ANN@example.org"})
        assert (answer.status, answer.json) == (200, {})
    neighbour.send("POST", "/v1/emails/unsubscribed/delete", json={"emails": both})
    assert listed(shop, *both) == {"bob@example.org"}


@pytest.mark.parametrize("what", ["add", "delete"])
def test_2_9_and_2_10_refusals(site: Site, what: str) -> None:
    shop, path = Shop(site), f"/v1/emails/unsubscribed/{what}"
    assert site.post(f"/api{path}", json={"emails": []}).status == 401
    assert Shop(site, scope="read:contacts").send("POST", path, json={"emails": []}).status == 403
    assert shop.send("POST", path, json={}).status == 422
    bad = shop.send("POST", path, json={"emails": ["ann@example.org", "bad"]})
    assert (bad.status, bad.json["errors"]) == (422, {"emails.1": ["'bad' is not valid email"]})
    assert listed(shop, "ann@example.org") == set()
    assert shop.send("POST", path, json={"emails": ["a@example.org"] * 3001}).status == 422
    assert shop.send("POST", path, json={"emails": []}).status == 200


def test_every_scope_is_asked_for(site: Site) -> None:
    reader, writer = Shop(site, scope="read:contacts"), Shop(site, scope="write:contacts")
    assert site.get("/api/v1/subscriptions").status == 401
    assert reader.get("/v1/subscriptions").status == writer.get("/v1/subscriptions").status == 200
    assert put(reader, 1).status == 403
    assert writer.get("/v1/contact/1/subscriptions").status == 403
