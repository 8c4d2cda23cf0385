"""3.1 GET contacts and 3.2 GET contact."""

from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from app.services import remembered

from ..support.sites import Site
from .shop import Shop


def found(shop: Shop, **params: Any) -> tuple[list[int], str]:
    answer = shop.get("/v1/contacts", **params)
    assert answer.status == 200, answer.text
    return [row["id"] for row in answer.json], answer.headers["TotalCount"]


def test_a_row_has_the_short_form(any_shop: Shop) -> None:
    id = any_shop.save(
        ("email", "ann@example.org"), externalCustomerId="C-1", firstName="Ann", languageCode="en", timeZone="Europe/Kyiv",
        address={"town": "Kyiv"}, groups=[{"name": "A"}],
    )  # fmt: skip
    rows = any_shop.get("/v1/contacts").json
    assert rows == [
        {
            "id": id, "firstName": "Ann", "externalCustomerId": "C-1", "addressBookId": rows[0]["addressBookId"],
            "channels": [{"type": "email", "value": "ann@example.org"}], "fields": [],
        }
    ]  # fmt: skip


def test_nothing_found_is_an_empty_list(any_shop: Shop) -> None:
    assert found(any_shop) == ([], "0")
    any_shop.save(("email", "ann@example.org"))
    assert found(any_shop, email="bob") == ([], "0")
    assert found(any_shop, externalCustomerId="C-1") == ([], "0")


def test_search_by_each_condition_and_by_several(any_shop: Shop) -> None:
    ann = any_shop.save(("email", "ann+news@example.org"), ("sms", "380501234567"), firstName="Ann", lastName="Lee")
    anna = any_shop.save(("email", "anna@example.org"), firstName="Anna", lastName="Öster", externalCustomerId="C-2")
    zoe = any_shop.save(("email", "zoe@example.org"), ("sms", "49301234567"), firstName="Zoe", lastName="Lee")
    everybody = [zoe, anna, ann]
    for params, expected in (
        ({"email": "ann"}, [anna, ann]),
        ({"email": "ANNA@EXAMPLE.org"}, [anna]),
        ({"email": "ann news@example.org"}, [ann]),  # a plus sign that was not encoded
        ({"sms": "+380 50"}, [ann]),
        ({"sms": "380501234567"}, [ann]),
        ({"firstname": "ann"}, [anna, ann]),
        ({"lastname": "ÖS"}, [anna]),
        ({"lastname": "lee"}, [zoe, ann]),
        ({"lastname": "lee", "firstname": "z"}, [zoe]),
        ({"lastname": "lee", "email": "ann", "sms": "380"}, [ann]),
        ({"lastname": "lee", "email": "anna"}, []),
        ({"externalCustomerId": "C-2"}, [anna]),
        ({"externalCustomerId": "C"}, []),
        ({"email": "", "firstname": ""}, everybody),
        ({"email": "%"}, []),
        ({"email": "_nn"}, []),
        ({"sms": "abc"}, []),
    ):
        assert found(any_shop, **params) == (expected, str(len(expected))), params


def test_the_ones_updated_last_come_first(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    ids = [shop.save(("email", f"ann{number}@example.org")) for number in range(3)]
    clock.advance(seconds=5)
    shop.save(("email", "ann0@example.org"), firstName="Ann")
    assert shop.ids() == [ids[0], ids[2], ids[1]]
    assert shop.ids(sortBy="contactId") == ids


def test_pages_are_complete_and_count_everything(any_shop: Shop) -> None:
    ids = [any_shop.save(("email", f"ann{number}@example.org")) for number in range(7)]
    for params in ({"sortBy": "contactId"}, {}, {"email": "ann"}):
        pages = [found(any_shop, startindex=start, maxrows=3, **params) for start in (1, 4, 7, 8, 10**30)]
        assert [len(rows) for rows, _ in pages] == [3, 3, 1, 0, 0]
        assert {total for _, total in pages} == {"7"}
        assert sorted(id for rows, _ in pages for id in rows) == ids


def test_long_lists_are_complete_too(any_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "LONG", 2)
    shop = any_shop
    common = {"firstName": "Ann", "groups": [{"name": "Friends"}]}
    made = [shop.save(("email", f"ann{n}@example.org"), ("sms", f"38050000000{n}"), **common) for n in range(7)]
    shop.save(("email", "bob@example.org"))
    segment = shop.read(made[0])["groups"][0]["id"]
    by_id, newest_first = made, made[::-1]

    def pages(path: str, **params: str) -> list[int]:
        answers = [shop.get(path, maxrows=2, startindex=start, **params) for start in (1, 3, 5, 7, 9)]
        assert {answer.headers["TotalCount"] for answer in answers} == {"7"}
        return [row["id"] for answer in answers for row in answer.json]

    for wanted in ({"email": "ann"}, {"sms": "38050"}, {"firstname": "a"}, {"email": "a", "firstname": "ANN"}):
        assert pages("/v1/contacts", **wanted) == newest_first
    assert pages(f"/v1/group/{segment}/contacts") == by_id
    assert pages(f"/v1/group/{segment}/contacts", orderByTs="true", asc="false") == newest_first
    everybody = [shop.get("/v1/contacts", maxrows=1, startindex=start).json[0]["id"] for start in range(1, 9)]
    assert everybody[1:] == newest_first
    # Whoever is deleted is shown no more, also on a page that was found before.
    shop.delete(made[6])
    assert shop.ids(email="ann", maxrows=2) == [made[5]]
    monkeypatch.setattr(remembered, "FOR", -1)
    monkeypatch.setattr(remembered, "_memories", WeakKeyDictionary())
    assert shop.ids(email="ann", maxrows=2) == [made[5], made[4]]


@pytest.mark.parametrize(
    ("startindex", "maxrows", "rows"), [(0, 0, 1), (-5, -1, 1), (1, 10**30, 3), (3, 501, 1), ("", "", 3)]
)
def test_paging_out_of_range_is_moved_into_it(shop: Shop, startindex: Any, maxrows: Any, rows: int) -> None:
    for number in range(3):
        shop.save(("email", f"ann{number}@example.org"))
    assert len(shop.ids(startindex=startindex, maxrows=maxrows)) == rows


@pytest.mark.parametrize(
    "params",
    [
        {"startindex": "x"}, {"maxrows": "1.5"}, {"maxrows": "9" * 5000}, {"sortBy": "name"},
        {"sortBy": "contactId", "email": "a"}, {"sortBy": "contactId", "externalCustomerId": "C-1"},
        {"externalCustomerId": "C-1", "email": "a"}, {"externalCustomerId": "C-1", "sms": "1"},
        {"externalCustomerId": "C-1", "firstname": "a"}, {"externalCustomerId": "C-1", "lastname": "a"}, {"email": "a\0"},
    ],
)  # fmt: skip
def test_a_malformed_search_is_refused(shop: Shop, params: dict[str, Any]) -> None:
    answer = shop.get("/v1/contacts", **params)
    assert (answer.status, answer.json["error"]) == (400, "bad_request")
    assert answer.json["detail"] == answer.json["message"]


def test_deleted_contacts_are_never_read(any_shop: Shop) -> None:
    id = any_shop.save(("email", "ann@example.org"), externalCustomerId="C-1", firstName="Ann")
    any_shop.delete(id)
    for params in ({}, {"email": "ann"}, {"externalCustomerId": "C-1"}, {"firstname": "ann"}, {"sortBy": "contactId"}):
        assert found(any_shop, **params) == ([], "0")
    assert any_shop.get(f"/v1/contact/{id}").status == 404


def test_another_organization_s_contacts_are_never_read(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    id = neighbour.save(("email", "ann@example.org"), externalCustomerId="C-1", firstName="Ann", lastName="Lee")
    for params in ({}, {"email": "ann"}, {"externalCustomerId": "C-1"}, {"lastname": "lee"}, {"sortBy": "contactId"}):
        assert found(shop, **params) == ([], "0")
    answer = shop.get(f"/v1/contact/{id}")
    assert (answer.status, answer.json["error"]) == (404, "not_found")


@pytest.mark.parametrize("id", [0, 4711, 2**31, 2**63 - 1, 2**63, 10**30, "9" * 5000, "-1", "x", "1.5", "%00"])
def test_an_id_that_nobody_has_is_not_found(any_shop: Shop, id: Any) -> None:
    answer = any_shop.get(f"/v1/contact/{id}")
    assert (answer.status, answer.json["status"]) == (404, 404)


def test_a_read_may_have_a_content_type(shop: Shop) -> None:
    assert shop.send("GET", "/v1/contacts", headers={"Content-Type": "application/json"}).status == 200
