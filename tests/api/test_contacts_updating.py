"""2.5 PUT contact/{id}, 2.6 DELETE contact, and 3.3 GET contacts/email."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Contact, ContactChannel, Event, FieldValue, SegmentMember

from ..support.answers import Answer
from ..support.sites import Site
from .shop import Shop

ANN, BOB = ("email", "ann@example.org"), ("email", "bob@example.org")
PHONE = ("sms", "380501234567")


def put(shop: Shop, number: int, **members: Any) -> Answer:
    return shop.send("PUT", f"/v1/contact/{number}", json=members)


def remove(shop: Shop, id: int, **params: Any) -> Answer:
    return shop.send("DELETE", f"/v1/contact/{id}", params=params)


def total(shop: Shop) -> str:
    return shop.get("/v1/contacts", maxrows=1).headers["TotalCount"]


def test_2_5_what_is_given_is_written_and_the_rest_stays(any_shop: Shop) -> None:
    id = any_shop.save(ANN, PHONE, firstName="Ann", lastName="Lee", groups=[{"name": "A"}])
    answer = put(any_shop, id, id=5, firstName="Anna", channels={"type": "email", "value": "anna@example.org"})
    assert (answer.status, answer.json) == (200, {"message": f"Contact with id='{id}' has been updated"})
    read = any_shop.read(id)
    assert (read["firstName"], read["lastName"]) == ("Anna", "Lee")
    assert any_shop.channels(id) == [PHONE, ("email", "anna@example.org")]
    assert put(any_shop, id, lastName="", groups=[{"name": "B"}]).status == 200
    read = any_shop.read(id)
    assert "lastName" not in read
    assert [group["name"] for group in read["groups"]] == ["A"], "groups are not written here"
    assert put(any_shop, id).status == 200, "nothing is required"


def test_2_5_the_same_request_within_a_minute_is_refused(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    first, second = shop.save(ANN), shop.save(BOB)
    assert put(shop, first, firstName="Ann").status == 200
    again = put(shop, first, firstName="Ann")
    assert (again.status, again.json["message"]) == (409, "Duplicated request")
    assert put(shop, second, firstName="Ann").status == 200, "another contact is another request"
    clock.advance(seconds=61)
    assert put(shop, first, firstName="Ann").status == 200


def test_2_5_a_deleted_contact_is_restored(any_shop: Shop) -> None:
    id = any_shop.save(ANN, groups=[{"name": "A"}])
    segment = any_shop.read(id)["groups"][0]["id"]
    assert remove(any_shop, id).status == 200
    assert total(any_shop) == "0"
    assert put(any_shop, id, firstName="Ann").status == 200
    assert any_shop.read(id)["firstName"] == "Ann"
    assert total(any_shop) == "1"
    assert any_shop.get(f"/v1/group/{segment}/contacts").headers["TotalCount"] == "1"


def test_2_5_an_external_id_of_another_contact_is_refused_and_a_free_one_assigned(any_shop: Shop) -> None:
    first, second = any_shop.save(ANN, externalCustomerId="C-1"), any_shop.save(BOB)
    for _ in range(2):
        refused = put(any_shop, second, externalCustomerId="C-1", firstName="Bob")
        assert (refused.status, refused.json["error"]) == (400, "bad_request")
        assert "C-1" in refused.json["message"]
        remove(any_shop, first)  # a deleted one keeps it
    assert "firstName" not in any_shop.read(second)
    assert put(any_shop, second, externalCustomerId="C-2").status == 200
    assert any_shop.ids(externalCustomerId="C-2") == [second]
    assert put(any_shop, second, externalCustomerId="C-2", firstName="Bob").status == 200


def test_2_5_it_never_creates_and_never_reaches_another_organization(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    theirs = neighbour.save(ANN)
    for id in (theirs, 4711, 10**30):
        answer = put(shop, id, firstName="Eve")
        assert (answer.status, answer.json["error"]) == (404, "not_found")
    assert "firstName" not in neighbour.read(theirs)
    assert total(shop) == "0"


def test_2_5_what_is_not_acceptable_is_named(shop: Shop) -> None:
    id = shop.save(ANN)
    answer = put(shop, id, firstName="123", channels=[{"type": "email", "value": "bad"}])
    assert answer.status == 422
    assert answer.json["errors"].keys() == {"firstName", "channels.0.value"}


def test_2_6_a_deleted_contact_keeps_what_it_has(any_shop: Shop) -> None:
    id = any_shop.save(ANN, externalCustomerId="C-1", firstName="Ann", groups=[{"name": "A"}])
    answer = any_shop.send("DELETE", f"/v1/contact/{id}", json=[])
    assert (answer.status, answer.json) == (200, {"message": f"Contact with id='{id}' has been deleted"})
    assert any_shop.get(f"/v1/contact/{id}").status == 404
    assert remove(any_shop, id).status == 404
    assert any_shop.save(BOB, externalCustomerId="C-1") == id
    read = any_shop.read(id)
    assert (read["firstName"], read["groups"][0]["name"]) == ("Ann", "A")


@pytest.mark.parametrize("deleted_before", [False, True])
def test_2_6_an_erased_contact_leaves_nothing(any_site: Site, deleted_before: bool) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    shop.save(BOB)
    id = shop.save(ANN, PHONE, externalCustomerId="C-1", groups=[{"name": "A"}])
    shop.save(PHONE, externalCustomerId="C-2")
    put(shop, id, fields=[{"id": shop.field("GENDER"), "value": "F"}])
    segment = shop.read(id)["groups"][0]["id"]
    for key in (str(id), "C-1", "ann@example.org", "380501234567", "C-2"):
        for somebody in (shop, neighbour):
            somebody.send("POST", "/v2/event", json={"eventTypeKey": "seen", "keyValue": key, "params": []})
    if deleted_before:
        remove(shop, id)
    assert remove(shop, id, erase="true").status == 200
    assert remove(shop, id, erase="true").status == 404
    with any_site.rules():
        for model in (ContactChannel, FieldValue, SegmentMember):
            assert not db.session.scalars(select(model).where(model.contact_id == id)).all()
        assert db.session.get(Contact, id) is None
        keys = db.session.execute(select(Event.key, func.count()).group_by(Event.key).order_by(Event.key)).all()
        assert dict(map(tuple, keys)) == {
            "380501234567": 2, "C-1": 1, "C-2": 2, "ann@example.org": 1, str(id): 1,
        }, "what is known by a phone that others have too is theirs, and a neighbour's events stay"  # fmt: skip
    assert total(shop) == "2"
    assert shop.get(f"/v1/group/{segment}/contacts").headers["TotalCount"] == "0"
    assert shop.save(ANN, externalCustomerId="C-1") > id, "an erased id never comes back"


def test_2_6_by_the_external_id(any_shop: Shop) -> None:
    id = any_shop.save(ANN, externalCustomerId="C-1")
    answer = any_shop.send("DELETE", "/v1/contact", params={"externalCustomerId": "C-1", "erase": "false"})
    assert (answer.status, answer.json["message"]) == (200, "Contact with externalCustomerId='C-1' has been deleted")
    assert any_shop.send("DELETE", "/v1/contact?externalCustomerId=C-1").status == 404
    assert any_shop.send("DELETE", "/v1/contact/?externalCustomerId=C-1&erase=true").status == 200
    missing = any_shop.send("DELETE", "/v1/contact?externalCustomerId=C-1&erase=true")
    assert (missing.status, missing.json["message"]) == (404, "Contact with externalCustomerId='C-1' was not found.")
    assert any_shop.send("DELETE", "/v1/contact").status == 400
    assert any_shop.send("DELETE", "/v1/contact?externalCustomerId=C-1&erase=maybe").status == 400
    assert any_shop.save(ANN, externalCustomerId="C-1", firstName="Ann") != id


def test_2_6_another_organization_s_contacts_stay(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    id = neighbour.save(ANN, externalCustomerId="C-1")
    assert remove(shop, id).status == 404
    assert remove(shop, id, erase="true").status == 404
    assert shop.send("DELETE", "/v1/contact?externalCustomerId=C-1").status == 404
    assert neighbour.read(id)


def test_3_3_the_first_email_of_each_contact_that_has_one(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    ann = shop.save(ANN, ("email", "ann@work.example.org"))
    bob, phone, gone = shop.save(BOB), shop.save(PHONE), shop.save(("email", "gone@example.org"))
    remove(shop, gone)
    theirs = neighbour.save(("email", "eve@example.org"))
    ids = f"{bob}, {ann},{phone},{gone},{theirs},{bob},4711,{10**30}"
    answer = shop.get("/v1/contacts/email", ids=ids)
    assert answer.status == 200
    assert answer.json == {
        "results": [{"contactId": bob, "email": "bob@example.org"}, {"contactId": ann, "email": "ann@example.org"}]
    }
    assert shop.get("/v1/contacts/email/", ids=phone).json == {"results": []}


@pytest.mark.parametrize("ids", ["", ",", "x", "1,x", "1;2", "-1", "1.5", "٣", ",".join(["1"] * 501), "9" * 5000])
def test_3_3_what_is_no_list_of_ids_is_refused(shop: Shop, ids: str) -> None:
    assert shop.get("/v1/contacts/email", ids=ids).status == 400


def test_every_documented_error_has_its_status(site: Site) -> None:
    reader, writer = Shop(site, scope="read:contacts"), Shop(site, scope="write:contacts")
    for method, path in (
        ("PUT", "/v1/contact/1"),
        ("DELETE", "/v1/contact/1"),
        ("DELETE", "/v1/contact?externalCustomerId=1"),
    ):
        assert site.send(method, f"/api{path}", json={}).status == 401
        assert reader.send(method, path, json={}).status == 403
        assert writer.send(method, path, json={}).status == 404
    assert writer.get("/v1/contacts/email", ids=1).status == 403
    assert writer.send("PUT", "/v1/contact/1", data=b"{", headers={"Content-Type": "application/json"}).status == 400
    assert writer.send("PUT", "/v1/contact/1", data=b"a", headers={"Content-Type": "text/plain"}).status == 415
