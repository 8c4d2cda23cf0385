"""POST orders."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.models import Event, EventType, Order
from app.services import contacts, organizations

from ..support.answers import Answer
from ..support.races import together
from ..support.sites import Site
from ..support.waiting import until
from .shop import Shop

ANN, BOB = "ann@example.org", "bob@example.org"


def order(number: int | str = 1, **members: Any) -> dict[str, Any]:
    usual = {"externalOrderId": f"O-{number}", "status": "INITIALIZED", "date": "2026-01-02T10:00", "totalCost": 12.5}
    return usual | members


def send(shop: Shop, *orders: dict[str, Any]) -> Answer:
    return shop.send("POST", "/v1/orders", json={"orders": list(orders)})


def save(shop: Shop, *orders: dict[str, Any]) -> None:
    answer = send(shop, *orders)
    assert (answer.status, answer.json) == (200, {}), answer.text


def organization_id(shop: Shop) -> int:
    return organizations.get_by_name(shop.organization).id


def events(shop: Shop) -> list[tuple[str, str, dict[str, Any]]]:
    """What was recorded: type, key and parameters."""
    with shop.site.rules():
        query = select(EventType.key, Event.key, Event.params).join(EventType)
        found = db.session.execute(query.where(Event.organization_id == organization_id(shop)).order_by(Event.id)).all()
    return [(kind, key, {param["name"]: param["value"] for param in params}) for kind, key, params in found]


def kept(shop: Shop) -> list[Order]:
    with shop.site.rules():
        rows = list(db.session.scalars(select(Order).where(Order.organization_id == organization_id(shop))))
        db.session.expunge_all()
        return rows


def test_orders_appear_on_the_contact_and_as_events(any_shop: Shop) -> None:
    contact = any_shop.save(("email", ANN), externalCustomerId="C-1")
    assert "ordersInfo" not in any_shop.read(contact)
    items = [{"externalItemId": "I-1", "name": "Cat", "quantity": 2, "cost": 6.25}]
    save(any_shop, order(1, email=ANN, items=items, currency="EUR"), order(2, externalCustomerId="C-1", date="2026-03-01"))
    assert any_shop.read(contact)["ordersInfo"] == {"lastDate": "2026-03-01T00:00:00Z", "count": 2}
    first, second = events(any_shop)
    assert first == (
        "orderCreated", str(contact),
        {"ContactId": str(contact), "externalOrderId": "O-1", "email": ANN, "status": "INITIALIZED",
         "date": "2026-01-02T10:00", "totalCost": 12.5, "currency": "EUR"},
    )  # fmt: skip
    assert second[:2] == ("orderCreated", str(contact))
    assert next(row for row in kept(any_shop) if row.external_order_id == "O-1").details["items"] == items


def test_an_order_is_updated_by_its_id_and_says_what_happened(any_shop: Shop) -> None:
    for members in (
        {}, {}, {"totalCost": 20}, {"status": "IN_PROGRESS"}, {"status": "DELIVERED"}, {"status": "DELIVERED"},
        {"status": "CANCELLED"},
    ):  # fmt: skip
        save(any_shop, order(1, email=ANN, **members))
    assert [kind for kind, _, _ in events(any_shop)] == [
        "orderCreated", "orderUpdated", "orderUpdated", "orderDelivered", "orderCancelled",
    ]  # fmt: skip
    assert len(kept(any_shop)) == 1
    save(any_shop, order(2, email=ANN), order(2, email=ANN, status="DELIVERED"))
    assert [kind for kind, _, _ in events(any_shop)][5:] == ["orderDelivered"], "the last one of a request counts"


def test_unknown_customers_become_bare_contacts_once(any_shop: Shop) -> None:
    save(
        any_shop, order(1, email=ANN), order(2, email=ANN.upper(), phone="+380 50 123 45 67"),
        order(3, externalCustomerId="C-9", email=BOB), order(4, externalCustomerId="C-9"),
        order(5, externalCustomerId="C-10"),
    )  # fmt: skip
    answer = any_shop.get("/v1/contacts", sortBy="contactId")
    assert answer.headers["TotalCount"] == "3"
    found = [(row.get("externalCustomerId"), [channel["value"] for channel in row["channels"]]) for row in answer.json]
    assert found == [(None, [ANN]), ("C-9", [BOB]), ("C-10", [])]
    assert [any_shop.read(row["id"])["ordersInfo"]["count"] for row in answer.json] == [2, 2, 1]


def test_a_shared_address_does_not_give_one_customer_the_others_orders(any_shop: Shop) -> None:
    first = any_shop.save(("email", ANN), externalCustomerId="C-1")
    save(any_shop, order(1, externalCustomerId="C-2", email=ANN))
    assert "ordersInfo" not in any_shop.read(first)
    free = any_shop.save(("sms", "380501234567"))
    save(any_shop, order(2, externalCustomerId="C-3", phone="380501234567"))
    assert any_shop.read(free)["ordersInfo"]["count"] == 1
    assert any_shop.read(free).get("externalCustomerId") is None, "orders don't change contacts"


def test_orders_stay_with_their_organization(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    theirs = neighbour.save(("email", ANN), externalCustomerId="C-1")
    save(shop, order(1, externalCustomerId="C-1", email=ANN))
    save(neighbour, order(1, email=ANN, status="DELIVERED"))
    assert neighbour.read(theirs)["ordersInfo"]["count"] == 1
    assert [row.status for row in kept(shop)] == ["INITIALIZED"]


def test_an_erased_contact_takes_its_orders_and_their_events_along(any_shop: Shop) -> None:
    save(any_shop, order(1, externalCustomerId="C-1", email=ANN), order(2, email=BOB))
    path = "/v1/contact"
    assert any_shop.send("DELETE", path, params={"externalCustomerId": "C-1", "erase": "true"}).status == 200
    assert [row.external_order_id for row in kept(any_shop)] == ["O-2"]
    assert [facts["email"] for _, _, facts in events(any_shop)] == [BOB]


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"status": "LOST"}, "status"), ({"externalOrderId": " "}, "externalOrderId"), ({"date": "soon"}, "date"),
        ({"totalCost": -1}, "totalCost"), ({"totalCost": None}, "totalCost"), ({"email": "x"}, "email"),
        ({"email": None}, "email"), ({"email": "", "phone": ""}, "email"), ({"phone": "x"}, "phone"),
        ({"items": [{"quantity": -1}]}, "items.0.quantity"), ({"externalOrderId": "x" * 256}, "externalOrderId"),
    ],
)  # fmt: skip
def test_what_is_not_acceptable_is_refused_as_a_whole(shop: Shop, members: dict[str, Any], wrong: str) -> None:
    answer = send(shop, order(1, email=ANN), order(2, **{"email": BOB} | members))
    assert (answer.status, answer.json["errors"].keys()) == (422, {f"orders.1.{wrong}"})
    assert kept(shop) == []


def test_a_thousand_orders_fit_in_a_request_and_no_more(any_shop: Shop) -> None:
    many = [order(number, email=f"ann{number % 400}@example.org") for number in range(1000)]
    save(any_shop, *many)
    assert any_shop.get("/v1/contacts", maxrows=1).headers["TotalCount"] == "400"
    assert Counter(kind for kind, _, _ in events(any_shop)) == {"orderCreated": 1000}
    assert send(any_shop, *many, order("more", email=ANN)).status == 422
    assert send(any_shop).status == 422
    assert any_shop.send("POST", "/v1/orders", json={"orders": order("one", email=ANN)}).status == 200


def test_orders_need_their_right(site: Site) -> None:
    assert site.post("/api/v1/orders", json={}).status == 401
    answer = send(Shop(site, scope="read:contacts"), order())
    assert (answer.status, "write:contacts" in answer.json["detail"]) == (403, True)


def test_the_same_orders_at_once_are_kept_once(live_pg_site: Site) -> None:
    shop = Shop(live_pg_site)
    bodies = [[order(number, email=f"ann{number % 3}@example.org") for number in range(20)] for _ in range(4)]
    calls: list[Callable[[], Answer]] = [lambda body=body: send(shop, *body) for body in (*bodies, bodies[0][::-1])]
    saves: list[Callable[[], Answer]] = [
        lambda number=number: shop.post({"channels": {"type": "email", "value": f"ann{number}@example.org"}})
        for number in range(3)
    ]
    answers = together(*calls, *saves)
    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
    assert len(kept(shop)) == 20
    assert len(events(shop)) == 20
    assert shop.get("/v1/contacts").headers["TotalCount"] == "3"


def test_5_1_events_of_four_types_maintain_orders(any_shop: Shop) -> None:
    """orderCreated and its like: what they say of an order is kept, and the rest of it stays."""

    def happens(kind: str, version: int = 2, **params: Any) -> None:
        body = {"eventTypeKey": kind, "keyValue": "O-1", "params": [{"name": n, "value": v} for n, v in params.items()]}
        answer = any_shop.send("POST", f"/v{version}/event", json=body)
        assert (answer.status, answer.json) == (200, {}), answer.text

    def now_kept() -> tuple[str, Any, Any]:
        with any_shop.site.rules():
            (one,) = db.session.scalars(select(Order).where(Order.organization_id == organization_id(any_shop)))
            return one.status.value, one.details.get("totalCost"), one.details.get("items")

    tea = [{"name": "Tea", "quantity": 2.0}]
    happens("orderCreated", 1, externalOrderId="O-1", email=ANN, totalCost="49.9", items='[{"name": "Tea", "quantity": 2}]')
    (contact,) = any_shop.ids()
    assert any_shop.read(contact)["ordersInfo"]["count"] == 1
    assert now_kept() == ("INITIALIZED", 49.9, tea)
    happens("orderUpdated", externalOrderId="O-1", status="IN_PROGRESS", totalCost=50)
    assert now_kept() == ("IN_PROGRESS", 50, tea)
    happens("orderDelivered", externalOrderId="O-1", status="INITIALIZED")
    assert now_kept() == ("DELIVERED", 50, tea)
    for odd in ({"totalCost": "much"}, {"email": "ann"}, {"items": "[", "email": ANN}, {"status": "LOST"}):
        happens("orderUpdated", externalOrderId="O-1", **odd)
    happens("orderCreated", externalOrderId="O-2")
    happens("orderCreated", orderId="O-3", email=BOB)
    happens("orderSeen", externalOrderId="O-4", email=BOB)
    assert now_kept() == ("DELIVERED", 50, tea), "what describes no order of somebody is an event only"
    happens("orderCancelled", externalOrderId="O-1")
    assert now_kept() == ("CANCELLED", 50, tea)
    assert [kind for kind, _, _ in events(any_shop)] == [
        "orderCreated", "orderUpdated", "orderDelivered", *["orderUpdated"] * 4, "orderCreated", "orderCreated",
        "orderSeen", "orderCancelled",
    ]  # fmt: skip
    assert any_shop.ids() == [contact]


def test_orders_of_a_contact_who_is_erased_at_this_moment_are_to_be_sent_again(live_pg_site: Site) -> None:
    shop = Shop(live_pg_site)
    contact = shop.save(("email", "ann@example.org"))

    def waits() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        with db.engine.connect() as connection:
            return bool(connection.scalar(text(query)))

    with ThreadPoolExecutor(1) as pool:
        with live_pg_site.rules():
            contacts.erase(organization_id(shop), contact)
            coming = pool.submit(send, shop, order(email=ANN))
            until(waits, "the order does not wait for the contact")
        answer = coming.result(30)
    assert (answer.status, answer.json["error"]) == (409, "conflict"), answer.text
    save(shop, order(email=ANN))
