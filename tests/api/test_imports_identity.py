"""2.1: which contact a row of an import means."""

from types import SimpleNamespace

import pytest

from ..support.sites import Site
from .importing import ImportingShop, person, shops

ANN, BOB, PHONE = ("email", "ann@example.org"), ("email", "bob@example.org"), ("sms", "380501234567")


@pytest.fixture
def shop(any_site: Site) -> ImportingShop:
    return ImportingShop(any_site)


def external_id(shop: ImportingShop, id: int) -> str | None:
    return shop.read(id).get("externalCustomerId")


def test_the_external_id_comes_before_what_identifies_otherwise(shop: ImportingShop) -> None:
    first, second = shop.save(ANN, externalCustomerId="C-1"), shop.save(BOB, externalCustomerId="C-2")
    assert shop.run(person(ANN, externalCustomerId="C-2")) == [second]
    assert shop.channels(first) == shop.channels(second) == [ANN]


def test_an_unknown_external_id_is_given_to_whom_the_email_means(shop: ImportingShop) -> None:
    id = shop.save(ANN)
    assert shop.run(person(ANN, externalCustomerId="C-1")) == [id]
    assert external_id(shop, id) == "C-1"


def test_of_several_with_the_email_the_one_updated_last_is_taken(any_site: Site, clock: SimpleNamespace) -> None:
    shop = ImportingShop(any_site)
    first, second = (shop.save(ANN, externalCustomerId=number) for number in ("C-1", "C-2"))
    assert shop.run(person(ANN)) == [second]
    clock.advance(seconds=61)
    shop.save(ANN, externalCustomerId="C-1", firstName="Ann")
    assert shop.run(person(ANN)) == [first]


def test_of_two_with_the_email_the_one_without_an_external_id_gets_it(any_site: Site, clock: SimpleNamespace) -> None:
    shop = ImportingShop(any_site)
    without = shop.save(PHONE)
    shop.save(PHONE, ANN)
    clock.advance(seconds=1)
    shop.save(BOB, externalCustomerId="C-1")
    shop.save(ANN, externalCustomerId="C-1")
    assert shop.run(person(ANN, externalCustomerId="C-9")) == [without]
    assert external_id(shop, without) == "C-9"


def test_when_all_with_the_email_have_other_external_ids_a_new_contact_is_made(shop: ImportingShop) -> None:
    present = {shop.save(ANN, externalCustomerId=number) for number in ("C-1", "C-2")}
    (id,) = shop.run(person(ANN, externalCustomerId="C-3"))
    assert id not in present
    assert (external_id(shop, id), shop.channels(id)) == ("C-3", [ANN])


def test_deleted_contacts_are_skipped_unless_they_are_to_be_restored(shop: ImportingShop) -> None:
    ids = [shop.save(ANN, externalCustomerId="C-1", groups=[{"name": "A"}]), shop.save(BOB)]
    for id in ids:
        shop.delete(id)
    rows = person(ANN, externalCustomerId="C-1", firstName="Ann"), person(BOB, firstName="Bob")
    session = shop.accept(*rows)
    shop.work()
    state = shop.status(session)
    assert (state["mapping"], state["skipped"], state["status"]) == ([], 2, "FINISHED")
    assert state["description"] == "2 of 2 rows were skipped. Row 1: The contact is deleted. Row 2: The contact is deleted."
    assert shop.counted() == (0, 0)
    assert shop.run(*rows, restoreDeleted=True) == ids
    assert [shop.read(id)["firstName"] for id in ids] == ["Ann", "Bob"]
    segment = shop.read(ids[0])["groups"][0]["id"]
    assert shop.get(f"/v1/group/{segment}/contacts").headers["TotalCount"] == "1"
    assert shop.counted() == (2, 2)


def test_live_contacts_come_before_deleted_ones(shop: ImportingShop) -> None:
    gone = shop.save(ANN)
    shop.delete(gone)
    live = shop.save(ANN, firstName="Ann")
    assert shop.run(person(ANN), restoreDeleted=True) == [live]


def test_what_identified_is_not_itself_updated(shop: ImportingShop) -> None:
    id = shop.save(ANN, ("email", "ann@work.example.org"), PHONE)
    assert shop.run(person(ANN, ("sms", "380509999999"))) == [id]
    assert sorted(shop.channels(id)) == [ANN, ("email", "ann@work.example.org"), ("sms", "380509999999")]
    assert shop.run(person(BOB, ("sms", "380509999999")), dedupeOn="sms") == [id]
    assert sorted(shop.channels(id)) == [BOB, ("sms", "380509999999")]


def test_email_or_sms(shop: ImportingShop) -> None:
    by_email, by_phone = shop.save(ANN), shop.save(PHONE)
    row, other = person(ANN, PHONE, firstName="Ann"), person(BOB, PHONE, firstName="Bob")
    assert shop.run(row, dedupeOn="email_or_sms") == [by_email]
    shop.delete(by_email)
    assert shop.run(other, dedupeOn="email_or_sms") == [by_phone]
    assert shop.channels(by_phone) == [PHONE, BOB]


def test_by_the_product_s_own_id(shop: ImportingShop) -> None:
    id = shop.save(ANN, externalCustomerId="C-1")
    session = shop.accept(
        person(BOB, id=id, externalCustomerId="C-2"), person(ANN, id=4711), dedupeOn="id"
    )  # fmt: skip
    shop.work()
    state = shop.status(session)
    assert state["mapping"] == [{"dedupeValue": str(id), "contactId": id}]
    assert state["description"].endswith("Row 2: Contact with id='4711' was not found.")
    assert (shop.channels(id), external_id(shop, id)) == ([BOB], "C-2")


@pytest.mark.parametrize(("dedupe_on", "kind"), [("push", "mobilepush"), ("push", "webpush"), ("webpush", "webpush")])
def test_by_a_push_token(shop: ImportingShop, dedupe_on: str, kind: str) -> None:
    id = shop.save((kind, "token"))
    assert shop.run(person((kind, "token"), ANN), dedupeOn=dedupe_on) == [id]
    assert sorted(shop.channels(id)) == sorted([(kind, "token"), ANN])


def test_by_the_external_id_alone(shop: ImportingShop) -> None:
    id = shop.save(ANN)
    (other,) = shop.run(person(ANN, externalCustomerId="C-1"), dedupeOn="externalCustomerId")
    assert other != id
    refused = shop.request(person(ANN), dedupeOn="externalCustomerId").json["failedContacts"]
    assert [one["error"] for one in refused] == ["The contact has no externalCustomerId, which is to identify it."]


def test_rows_of_one_import_see_each_other(shop: ImportingShop) -> None:
    first, second, third, fourth = shop.run(
        person(ANN, firstName="Ann"),
        person(("email", "ANN@example.org"), lastName="Lee", externalCustomerId="C-1"),
        person(BOB, externalCustomerId="C-1"),
        person(ANN, firstName="Other"),
    )
    assert first == second == third
    assert fourth != first, "the email has been replaced meanwhile"
    assert (shop.read(first)["firstName"], shop.read(first)["lastName"]) == ("Ann", "Lee")
    assert (shop.channels(first), external_id(shop, first)) == ([BOB], "C-1")
    assert shop.counted() == (2, 2)


def test_external_ids_can_change_hands(shop: ImportingShop) -> None:
    first, second = shop.save(ANN, externalCustomerId="C-1"), shop.save(BOB)
    fields = ["externalCustomerId"]
    assert shop.run(person(ANN), person(BOB, externalCustomerId="C-1"), contactFields=fields) == [first, second]
    assert (external_id(shop, first), external_id(shop, second)) == (None, "C-1")


def test_a_new_contact_needs_a_channel(shop: ImportingShop) -> None:
    session = shop.accept({"externalCustomerId": "C-1", "firstName": "Ann"}, dedupeOn="externalCustomerId")
    shop.work()
    assert shop.status(session)["description"].endswith("Row 1: A new contact needs at least one channel.")
    id = shop.save(ANN, externalCustomerId="C-1")
    assert shop.run({"externalCustomerId": "C-1", "firstName": "Ann"}) == [id]


def test_another_organization_s_contacts_are_never_meant(any_site: Site) -> None:
    shop, neighbour = shops(any_site)
    theirs = neighbour.save(ANN, externalCustomerId="C-1", firstName="Ann")
    rows = person(ANN, externalCustomerId="C-1", firstName="Eve"), person(ANN, id=theirs, firstName="Eve")
    assert shop.run(rows[0]) != [theirs]
    session = shop.accept(rows[1], dedupeOn="id")
    shop.work()
    assert shop.status(session)["skipped"] == 1
    assert neighbour.read(theirs)["firstName"] == "Ann"
    assert neighbour.counted() == (1, 1)
