"""2.4 and 2.1: which contact is meant."""

from types import SimpleNamespace

import pytest

from ..support.sites import Site
from .shop import Shop

ANN, BOB = ("email", "ann@example.org"), ("email", "bob@example.org")
PHONE = ("sms", "380501234567")


def external_id(shop: Shop, id: int) -> str | None:
    return shop.read(id).get("externalCustomerId")


def test_the_external_id_comes_before_everything_else(any_shop: Shop) -> None:
    first = any_shop.save(ANN, externalCustomerId="C-1")
    second = any_shop.save(BOB, externalCustomerId="C-2")
    assert any_shop.save(ANN, externalCustomerId="C-2") == second
    assert any_shop.channels(first) == [ANN]
    assert any_shop.channels(second) == [ANN]


def test_the_external_id_of_a_deleted_contact_restores_it(any_shop: Shop) -> None:
    id = any_shop.save(ANN, externalCustomerId="C-1", firstName="Ann")
    any_shop.delete(id)
    assert any_shop.get(f"/v1/contact/{id}").status == 404
    assert any_shop.save(BOB, externalCustomerId="C-1") == id
    assert any_shop.read(id)["firstName"] == "Ann"


def test_an_unknown_external_id_is_given_to_the_contact_with_the_email(any_shop: Shop) -> None:
    id = any_shop.save(ANN)
    assert any_shop.save(ANN, externalCustomerId="C-1") == id
    assert external_id(any_shop, id) == "C-1"


def test_without_an_external_id_the_contact_with_the_email_is_updated(any_shop: Shop) -> None:
    id = any_shop.save(ANN, externalCustomerId="C-1")
    assert any_shop.save(("email", "ANN@Example.org"), firstName="Ann") == id
    assert external_id(any_shop, id) == "C-1"
    assert any_shop.save(ANN, externalCustomerId="", lastName="Lee") == id


def test_email_comes_before_phone_and_phone_before_token(any_shop: Shop) -> None:
    by_token = any_shop.save(("mobilepush", "token-1"))
    by_phone = any_shop.save(PHONE)
    by_email = any_shop.save(ANN)
    assert any_shop.save(("mobilepush", "token-1"), PHONE, ANN) == by_email
    any_shop.save(("email", "new@example.org"), ("mobilepush", "token-9"), externalCustomerId="X")
    assert any_shop.save(("sms", "380501234567"), ("mobilepush", "token-1"), ("email", "z@example.org")) == by_email
    assert {by_token, by_phone} < set(any_shop.ids())


def test_a_phone_is_the_same_person_s_over_sms_and_viber(any_shop: Shop) -> None:
    id = any_shop.save(PHONE)
    assert any_shop.save(("viber", "380501234567")) == id
    assert any_shop.channels(id) == [PHONE, ("viber", "380501234567")]


def test_a_token_means_something_within_its_own_type_only(any_shop: Shop) -> None:
    id = any_shop.save(("mobilepush", "token"))
    assert any_shop.save(("webpush", "token")) != id
    assert any_shop.save(("mobilepush", "token"), externalCustomerId="C-1") == id


def test_of_several_with_the_email_the_one_updated_last_is_meant(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    first, second = (shop.save(ANN, externalCustomerId=number) for number in ("C-1", "C-2"))
    assert shop.save(ANN) == second
    clock.advance(seconds=1)
    shop.save(ANN, externalCustomerId="C-1", firstName="Ann")
    clock.advance(seconds=61)
    assert shop.save(ANN) == first


def test_contacts_with_another_external_id_are_passed_over(any_shop: Shop) -> None:
    with_id = any_shop.save(ANN, externalCustomerId="C-1")
    third = any_shop.save(ANN, externalCustomerId="C-2")
    assert third != with_id, "both known: a new contact"
    without = any_shop.save(PHONE)
    any_shop.save(PHONE, ANN, externalCustomerId="C-3")
    assert external_id(any_shop, without) == "C-3", "the email's contacts have other ids, the phone's has none"


def test_of_two_with_the_email_the_one_without_an_external_id_gets_it(any_shop: Shop) -> None:
    without = any_shop.save(PHONE)
    any_shop.save(ANN, PHONE)  # takes the email before the other has it
    any_shop.save(ANN, externalCustomerId="C-1")
    assert external_id(any_shop, without) == "C-1"
    spare = any_shop.save(("sms", "380509999999"))
    any_shop.save(("sms", "380509999999"), ("email", "spare@example.org"))
    assert any_shop.save(("email", "spare@example.org"), externalCustomerId="C-2") == spare


@pytest.mark.parametrize("channel", [ANN, PHONE, ("mobilepush", "token")])
def test_a_deleted_contact_is_not_found_by_its_channels(any_shop: Shop, channel: tuple[str, str]) -> None:
    id = any_shop.save(channel)
    any_shop.delete(id)
    assert any_shop.save(channel, firstName="Ann") != id


def test_another_organization_s_contacts_are_never_meant(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    theirs = neighbour.save(ANN, PHONE, ("mobilepush", "token"), externalCustomerId="C-1", firstName="Ann")
    ours = shop.save(ANN, PHONE, ("mobilepush", "token"), externalCustomerId="C-1", firstName="Eve")
    assert ours != theirs
    assert neighbour.read(theirs)["firstName"] == "Ann"
    assert shop.get(f"/v1/contact/{theirs}").status == 404
    assert shop.ids() == [ours]
