"""2.1 POST contacts and 2.3 importstatus: what is accepted, what is written, and what is told of it."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Event, EventType, FieldKind
from app.services import address_books, segments

from ..support.sites import Site
from .importing import ImportingShop, person, shops
from .shop import Shop
from .test_segments import dynamic

ANN, BOB, PHONE = ("email", "ann@example.org"), ("email", "bob@example.org"), ("sms", "380501234567")


@pytest.fixture
def shop(any_site: Site) -> ImportingShop:
    return ImportingShop(any_site)


def test_2_1_contacts_are_added_and_updated(shop: ImportingShop) -> None:
    bob = shop.save(BOB, lastName="Old", firstName="Robert")
    session = shop.accept(person(ANN, PHONE, firstName="Ann", externalCustomerId="C-1"), person(BOB, lastName="New"))
    assert len(session) == 16
    waiting = shop.status(session)
    assert (waiting["status"], waiting["mapping"], waiting["rowsTotal"]) == ("STARTED", [], 2)
    shop.work()
    state = shop.status(session)
    ann = state["mapping"][0]["contactId"]
    assert state["mapping"] == [
        {"dedupeValue": "ann@example.org", "contactId": ann}, {"dedupeValue": "bob@example.org", "contactId": bob},
    ]  # fmt: skip
    assert (state["status"], state["description"], state["created"], state["updated"]) == ("FINISHED", "", 1, 1)
    assert len(state["timestamp"]) == len("2025-06-01T10:02:11")
    read = shop.read(ann)
    assert (read["firstName"], read["externalCustomerId"]) == ("Ann", "C-1")
    assert shop.channels(ann) == [ANN, PHONE]
    assert (shop.read(bob)["firstName"], shop.read(bob)["lastName"]) == ("Robert", "New")
    assert shop.counted() == (2, 2)
    assert shop.confirmed(ann)
    assert shop.ids(firstname="ann") == [ann]


def test_2_1_rejected_contacts_come_back_as_they_were_sent(shop: ImportingShop) -> None:
    bad = person(("email", "bad"), firstName="Eve")
    odd = {"channels": [{"type": "pigeon", "value": "x"}]}
    nobody = person(PHONE)
    answer = shop.request(bad, person(ANN), odd, "junk", nobody)
    failed = answer.json["failedContacts"]
    assert (answer.status, answer.json["id"]) == (200, 0)
    assert bad | {"error": "'bad' is not valid email"} in failed
    assert nobody | {"error": "The contact has no email, which is to identify it."} in failed
    assert [one["channels"] for one in failed if one.get("channels") == odd["channels"]]
    assert any(one.get("contact") == "junk" for one in failed)
    shop.work()
    assert shop.counted() == (1, 1)


def test_2_1_requests_are_read_leniently(shop: ImportingShop) -> None:
    one = shop.send("POST", "/v1/contacts/", json=[person(ANN)])
    two = shop.send("POST", "/v1/contacts", json={"contacts": person(BOB), "groupNames": "A", "contactFields": None})
    assert (one.status, two.status) == (200, 200)
    shop.work()
    assert shop.counted() == (2, 2)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"dedupeOn": "name"}, {"dedupeOn"}),
        ({"dedupeOn": "fieldId"}, {"fieldId"}),
        ({"dedupeOn": "fieldId", "fieldId": 4711}, {"fieldId"}),
        ({"contactFields": ["age"]}, {"contactFields.0"}),
        ({"customFieldsIDs": [4711]}, {"customFieldsIDs"}),
        ({"groupNames": [" "]}, {"groupNames.0"}),
        ({"groupNamesExclude": ["x" * 256]}, {"groupNamesExclude.0"}),
        ({"groupNames": ["x"] * 101}, {"groupNames"}),
        ({"eventKeyForNewContacts": "a|b"}, {"eventKeyForNewContacts"}),
        ({"eventKeyForNewContacts": "x" * 101}, {"eventKeyForNewContacts"}),
        ({"contacts": []}, {"contacts"}),
        ({"contacts": [person(ANN)] * 3001}, {"contacts"}),
    ],
)
def test_2_1_what_is_not_acceptable_is_named(site: Site, options: dict[str, Any], named: set[str]) -> None:
    answer = ImportingShop(site).request(person(ANN), **options)
    assert answer.status == 422, answer.text
    assert {name.split(".function")[0] for name in answer.json["errors"]} == named


def test_2_1_the_same_again_within_a_minute_is_no_conflict(shop: ImportingShop) -> None:
    first, again = shop.accept(person(ANN)), shop.accept(person(ANN))
    shop.work()
    assert (shop.status(first)["created"], shop.status(again)["updated"]) == (1, 1)
    assert shop.counted() == (1, 1)


def test_2_1_three_thousand_at_a_time(shop: ImportingShop) -> None:
    people = [person(("email", f"ann{number}@example.org")) for number in range(3000)]
    ids = shop.run(*people, groupNames=["A"])
    assert len(set(ids)) == 3000
    assert shop.counted() == (3000, 3000)
    segment = shop.read(ids[0])["groups"][0]["id"]
    assert shop.get(f"/v1/group/{segment}/contacts", maxrows=1).headers["TotalCount"] == "3000"
    assert sorted(shop.run(*people[1:1500])) == ids[1:1500]
    assert shop.counted() == (3000, 3000)


def test_2_1_without_contact_fields_whatever_has_a_value_is_updated(shop: ImportingShop) -> None:
    id = shop.save(ANN, PHONE, firstName="Ann", address={"town": "Kyiv"}, languageCode="en")
    gender = shop.field("GENDER")
    assert shop.run(person(ANN, lastName="Lee", firstName="", fields={"id": gender, "value": "F"})) == [id]
    read = shop.read(id)
    assert "firstName" not in read
    assert (read["lastName"], read["address"], read["languageCode"]) == ("Lee", {"town": "Kyiv"}, "en")
    assert read["fields"] == [{"id": gender, "value": "F"}]
    assert shop.channels(id) == [ANN, PHONE]


def test_2_1_only_named_fields_are_updated_and_emptied_without_a_value(shop: ImportingShop) -> None:
    id = shop.save(ANN, PHONE, ("webpush", "token"), firstName="Ann", lastName="Lee", address={"town": "Kyiv"})
    row = person(ANN, ("webpush", "other"), lastName="New", languageCode="en")
    assert shop.run(row, contactFields=["firstName", "sms", "town", "languageCode"]) == [id]
    read = shop.read(id)
    assert "firstName" not in read
    assert "address" not in read
    assert (read["lastName"], read["languageCode"]) == ("Lee", "en")
    assert shop.channels(id) == [ANN, ("webpush", "token")]


def test_2_1_additional_fields_that_are_not_listed_stay(shop: ImportingShop) -> None:
    id = shop.save(ANN)
    gender, birthday = shop.field("GENDER"), shop.field("BIRTHDAY")
    fields = [{"id": gender, "value": "F"}, {"id": birthday, "value": "1990-01-31"}]
    shop.run(person(ANN, fields=fields), contactFields=["firstName"])
    assert shop.read(id)["fields"] == []
    shop.run(person(ANN, fields=fields), customFieldsIDs=[gender])
    assert shop.read(id)["fields"] == fields[:1]
    shop.run(person(ANN, fields=fields[1:]), customFieldsIDs=[birthday])
    assert shop.read(id)["fields"] == [fields[1], fields[0]] or shop.read(id)["fields"] == fields
    shop.run(person(ANN, fields=fields[:1]), customFieldsIDs=[gender, birthday])
    assert shop.read(id)["fields"] == fields[:1]


def test_2_1_a_new_contact_gets_what_is_named_and_what_identifies_it(shop: ImportingShop) -> None:
    (id,) = shop.run(
        person(ANN, PHONE, firstName="Ann", lastName="Lee", externalCustomerId="C-1"), contactFields=["firstName"]
    )
    read = shop.read(id)
    assert (read["firstName"], read["externalCustomerId"]) == ("Ann", "C-1")
    assert "lastName" not in read
    assert shop.channels(id) == [ANN]


def test_2_1_segments_are_joined_and_left(shop: ImportingShop) -> None:
    id = shop.save(ANN, groups=[{"name": "Leads"}, {"name": "Other"}])
    sleeping = dynamic(shop)
    with shop.site.rules():
        segments.join(shop.organization_id, sleeping, [id])
    excluded = ["Leads", "Unknown", "Sleeping"]
    session = shop.accept(person(ANN), person(BOB), groupNames=["Customers"], groupNamesExclude=excluded)
    assert [row["name"] for row in shop.get("/v1/groups").json] == ["Leads", "Other", "Sleeping"], "made when it runs"
    shop.work()
    assert shop.status(session)["status"] == "FINISHED"
    assert [group["name"] for group in shop.read(id)["groups"]] == ["Other", "Sleeping", "Customers"]
    groups = {row["name"]: row["id"] for row in shop.get("/v1/groups").json}
    assert groups.pop("Sleeping"), "its conditions decide who is in there"
    totals = {name: shop.get(f"/v1/group/{id}/contacts").headers["TotalCount"] for name, id in groups.items()}
    assert totals == {"Leads": "0", "Other": "1", "Customers": "2"}


def test_2_1_a_segment_that_follows_from_conditions_ends_the_import(shop: ImportingShop) -> None:
    dynamic(shop, "Sleeping")
    session = shop.accept(person(ANN), groupNames=["Sleeping"])
    shop.work()
    state = shop.status(session)
    assert state["status"] == "ERROR"
    assert "Sleeping" in state["description"]
    assert shop.counted() == (0, 0)


def test_2_1_new_contacts_get_an_event(shop: ImportingShop) -> None:
    shop.save(BOB)
    people = person(ANN, PHONE), person(BOB), person(("sms", "380509999999"), externalCustomerId="C-2")
    ann, _, phone = shop.run(*people, eventKeyForNewContacts="newContact")
    with shop.site.rules():
        query = select(Event.key, Event.params).join(EventType).where(EventType.key == "newContact").order_by(Event.id)
        found = [(key, {one["name"]: one["value"] for one in params}) for key, params in db.session.execute(query)]
    assert found == [
        ("ann@example.org", {"contactId": str(ann), "EmailAddress": "ann@example.org", "SMS": "380501234567"}),
        ("380509999999", {"contactId": str(phone), "EmailAddress": "", "SMS": "380509999999"}),
    ]


def test_2_1_fields_of_any_kind_can_identify(shop: ImportingShop) -> None:
    shop.save(BOB)
    with shop.site.rules():
        field = address_books.add_field(
            shop.organization_id, group="Loyalty", name="Card", kind=FieldKind.TEXTFIELD, allowed=None
        ).id
    long = "x" * 150
    id = shop.save(ANN, fields=[{"id": field, "value": long}])
    options = {"dedupeOn": "fieldId", "fieldId": field}
    row = person(("email", "new@example.org"), fields=[{"id": field, "value": long}])
    other = person(PHONE, fields=[{"id": field, "value": f"{long}2"}])
    ids = shop.run(row, other, other, **options)
    assert ids[0] == id
    assert ids[1] == ids[2] != id
    assert shop.channels(id) == [("email", "new@example.org")]
    assert shop.read(ids[1])["fields"] == [{"id": field, "value": f"{long}2"}]


def test_2_3_what_is_unknown_or_another_s_is_not_found(any_site: Site) -> None:
    shop, neighbour = shops(any_site)
    session = neighbour.accept(person(ANN))
    for id in (session, "unknown", "%00", "x" * 5000):
        assert shop.get(f"/v1/importstatus/{id}").status == 404
    neighbour.work()
    assert neighbour.status(session)["status"] == "FINISHED"
    assert shop.counted() == (0, 0)


def test_2_3_the_mapping_comes_in_pages_and_forgets_who_was_erased(shop: ImportingShop) -> None:
    session = shop.accept(*(person(("email", f"ann{number}@example.org")) for number in range(5)))
    shop.work()
    whole = shop.status(session)["mapping"]
    assert shop.status(session, startindex=2, maxrows=2)["mapping"] == whole[1:3]
    assert shop.get(f"/v1/importstatus/{session}", maxrows=2).headers["TotalCount"] == "5"
    shop.send("DELETE", f"/v1/contact/{whole[0]['contactId']}", params={"erase": "true"})
    assert shop.status(session)["mapping"] == whole[1:]


def test_2_1_imports_have_a_limit_of_their_own(site: Site, clock: SimpleNamespace) -> None:
    shop = ImportingShop(site)
    assert [shop.request(person(ANN)).status for _ in range(6)] == [200] * 5 + [429]
    assert shop.get("/v1/contacts").status == 200


def test_every_documented_error_has_its_status(site: Site) -> None:
    body = {"contacts": [person(ANN)], "dedupeOn": "email"}
    reader, writer = Shop(site, scope="read:contacts"), Shop(site, scope="write:contacts")
    for path in ("/v1/contacts", "/v1/contacts/upload"):
        assert site.post(f"/api{path}", json=body).status == 401
        assert reader.send("POST", path, json=body).status == 403
        assert writer.send("POST", path, data=b"x", headers={"Content-Type": "text/csv"}).status == 415
        assert writer.send("PUT", path, json=body).status == 405
    assert writer.send("POST", "/v1/contacts", data=b"{", headers={"Content-Type": "application/json"}).status == 400
    assert reader.get("/v1/importstatus/x").status == 403
    assert writer.get("/v1/importstatus/x", startindex="x").status == 400
