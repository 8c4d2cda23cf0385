"""Simultaneous writes of contacts, over real HTTP to several processes and threads."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from ..support.answers import Answer
from ..support.sites import Site
from .shop import Shop

AT_ONCE = 8


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def post_at_once(shop: Shop, bodies: list[Any]) -> list[Answer]:
    return at_once(*[lambda body=body: shop.post(body) for body in bodies])


def test_of_identical_requests_at_once_one_is_carried_out(any_live_site: Site) -> None:
    for number in range(5):
        shop = Shop(any_live_site)
        body = {"channels": [{"type": "email", "value": f"ann{number}@example.org"}]}
        answers = post_at_once(shop, [body] * AT_ONCE)
        assert Counter(answer.status for answer in answers) == {200: 1, 409: AT_ONCE - 1}
        assert len(shop.ids()) == 1


def test_different_requests_at_once_for_a_new_address_make_one_contact(any_live_site: Site) -> None:
    shop = Shop(any_live_site)
    shop.save(("email", "first@example.org"))  # the first one makes the address book, behind a lock of its own
    for number in range(5):
        bodies = [
            {"channels": [{"type": "email", "value": f"ann{number}@example.org"}], "contactKey": str(key)}
            for key in range(AT_ONCE)
        ]
        answers = post_at_once(shop, bodies)
        assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
        assert len({answer.json["id"] for answer in answers}) == 1
        assert len(shop.ids()) == number + 2


def test_contacts_that_share_addresses_crosswise_do_not_block_each_other(any_live_site: Site) -> None:
    shop = Shop(any_live_site)
    for number in range(5):
        email, phone = {"type": "email", "value": f"a{number}@example.org"}, {"type": "sms", "value": f"38050123456{number}"}
        bodies = [
            {"channels": [[email, phone], [phone, email], [email], [phone]][key % 4], "contactKey": f"{key}",
             "groups": [[{"name": "A"}, {"name": "B"}], [{"name": "B"}, {"name": "A"}]][key % 2]}
            for key in range(AT_ONCE)
        ]  # fmt: skip
        answers = post_at_once(shop, bodies)
        assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]


def test_the_first_contacts_of_an_organization_share_its_address_book(any_live_site: Site) -> None:
    shop = Shop(any_live_site)
    bodies = [{"channels": [{"type": "email", "value": f"ann{number}@example.org"}]} for number in range(AT_ONCE)]
    answers = post_at_once(shop, bodies)
    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
    assert len({row["addressBookId"] for row in shop.get("/v1/contacts").json}) == 1


def test_contacts_made_and_restored_at_once_are_all_counted(any_live_site: Site) -> None:
    shop = Shop(any_live_site)
    bodies = [
        {"channels": [{"type": "email", "value": f"ann{number}@example.org"}], "externalCustomerId": f"C-{number}"}
        for number in range(AT_ONCE)
    ]
    for answer in post_at_once(shop, bodies)[:3]:
        shop.delete(answer.json["id"])
    assert shop.get("/v1/contacts", maxrows=1).headers["TotalCount"] == str(AT_ONCE - 3)
    post_at_once(shop, [body | {"firstName": "Ann"} for body in bodies])
    assert shop.get("/v1/contacts", maxrows=1).headers["TotalCount"] == str(AT_ONCE)
