"""2.4 POST contact: what is stored, what is left alone, what is refused."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import RecentRequest

from ..support.sites import Site
from .shop import Shop

ANN = ("email", "ann@example.org")
PHONE = ("sms", "380501234567")


def test_a_contact_is_stored_in_full(any_shop: Shop) -> None:
    any_shop.save(("email", "first@example.org"))  # the address book is made on first use
    gender, birthday = any_shop.field("GENDER"), any_shop.field("BIRTHDAY")
    address = {"region": "Kyiv", "town": "Kyiv", "address": "1 First St", "postcode": "01001"}
    id = any_shop.save(
        ANN, PHONE, externalCustomerId="C-1001", firstName="Ann", lastName="O'Lee-Ray", contactKey="K 1", address=address,
        languageCode="de-at", timeZone="Europe/Kyiv", groups=[{"name": "Customers"}],
        fields=[{"id": gender, "value": "F"}, {"id": birthday, "value": "1990-02-28"}],
    )  # fmt: skip
    read = any_shop.read(id)
    groups, book = read.pop("groups"), read.pop("addressBookId")
    assert read == {
        "id": id, "externalCustomerId": "C-1001", "firstName": "Ann", "lastName": "O'Lee-Ray", "contactKey": "K 1",
        "channels": [{"type": "email", "value": "ann@example.org"}, {"type": "sms", "value": "380501234567"}],
        "address": address, "languageCode": "de-AT", "timeZone": "Europe/Kyiv",
        "fields": [{"id": birthday, "value": "1990-02-28"}, {"id": gender, "value": "F"}],
    }  # fmt: skip
    assert [(group["name"], group["type"]) for group in groups] == [("Customers", "Static")]
    assert isinstance(book, int)


def test_what_is_left_out_stays_and_an_empty_text_empties(any_shop: Shop) -> None:
    id = any_shop.save(ANN, PHONE, firstName="Ann", lastName="Lee", address={"town": "Kyiv", "region": "Kyiv"})
    gender = any_shop.field("GENDER")
    assert any_shop.save(ANN, fields={"id": gender, "value": "F"}, address={"region": ""}, lastName=None) == id
    read = any_shop.read(id)
    assert (read["firstName"], read["lastName"], read["address"]) == ("Ann", "Lee", {"town": "Kyiv"})
    assert any_shop.save(ANN, firstName="", fields=[{"id": gender, "value": ""}], address={"town": ""}) == id
    read = any_shop.read(id)
    assert "firstName" not in read
    assert "address" not in read
    assert read["fields"] == []
    assert any_shop.channels(id) == [ANN, PHONE]


def test_channels_of_a_type_are_replaced_by_those_given(any_shop: Shop) -> None:
    id = any_shop.save(ANN, ("email", "ann@old.example.org"), PHONE, externalCustomerId="C-1")
    any_shop.save(ANN, ("email", "ann@new.example.org"), externalCustomerId="C-1")
    assert any_shop.channels(id) == [ANN, PHONE, ("email", "ann@new.example.org")]


def test_the_same_channel_twice_counts_once(shop: Shop) -> None:
    id = shop.save(("email", "Ann@Example.ORG"), ("email", " ann@example.org "), ("email", "b@example.org"))
    assert shop.channels(id) == [ANN, ("email", "b@example.org")]


def test_more_than_two_channels_of_a_type_are_refused(shop: Shop) -> None:
    channels = [{"type": "sms", "value": f"38050123456{n}"} for n in range(3)]
    assert shop.refusal(channels=channels) == {"channels": ["At most two channels of the type 'sms'."]}


def test_push_channels_keep_what_they_say_of_the_device(any_shop: Shop) -> None:
    device = {"appId": "a1", "os": "android", "active": True}
    push = {"type": "mobilepush", "value": "token-1", "device": device}
    web = {"type": "webpush", "value": "token-2", "webPushSubscription": {"appId": 7, "ip": "192.0.2.1"}}
    id = any_shop.post({"channels": [push, web]}).json["id"]
    assert any_shop.read(id)["channels"] == [push, web]


@pytest.mark.parametrize(
    "members",
    [
        {"channels": {"type": "email", "value": "ann@example.org"}, "groups": {"name": "A"}},
        {"externalCustomerId": 1001, "contactKey": 12.5},
        {"fields": None, "groups": None, "address": None, "externalCustomerId": None, "addressBookId": None},
        {"id": 77, "unknown": {"a": 1}},
        {
            "channels": [
                {"type": "email", "value": "ann@example.org", "device": None},
                {"type": "sms", "value": 380501234567},
            ]
        },
        {"channels": {"type": "sms", "value": "+38 (050) 123-45-67"}},
    ],
)
def test_yespo_s_clients_are_read_leniently(shop: Shop, members: dict[str, Any]) -> None:
    answer = shop.post({"channels": [{"type": "email", "value": "ann@example.org"}]} | members)
    assert answer.status == 200, answer.text
    assert answer.json["id"] != 77


def test_paths_work_with_a_slash_at_the_end(shop: Shop) -> None:
    answer = shop.send("POST", "/v1/contact/", json={"channels": {"type": "email", "value": "ann@example.org"}})
    assert answer.status == 200
    assert shop.get(f"/v1/contact/{answer.json['id']}/").status == 200
    assert shop.get("/v1/contacts/").headers["TotalCount"] == "1"


def test_groups_add_to_segments_and_never_take_out(any_shop: Shop) -> None:
    id = any_shop.save(ANN, groups=[{"name": "Customers"}, {"name": "VIP"}, {"name": " VIP "}])
    other = any_shop.save(PHONE, groups=[{"name": "VIP"}])
    assert any_shop.save(ANN, groups=[{"name": "VIP"}], firstName="Ann") == id
    groups = {group["name"]: group["id"] for group in any_shop.read(id)["groups"]}
    assert groups.keys() == {"Customers", "VIP"}
    assert [group["id"] for group in any_shop.read(other)["groups"]] == [groups["VIP"]]


def test_the_same_request_within_a_minute_is_refused(any_site: Site, clock: SimpleNamespace) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    body = {"channels": [{"type": "email", "value": "ann@example.org"}], "firstName": "Ann"}
    id = shop.post(body).json["id"]
    again = shop.post(body | {"id": 5, "lastName": None})
    assert (again.status, again.json["message"]) == (409, "Duplicated request")
    assert shop.post(body | {"firstName": "Anna"}).json["id"] == id
    assert neighbour.post(body).status == 200
    clock.advance(seconds=59)
    assert shop.post(body).status == 409
    clock.advance(seconds=2)
    assert shop.post(body).json["id"] == id


def test_a_refused_request_may_be_repeated(any_shop: Shop) -> None:
    body = {"channels": [{"type": "email", "value": "bad"}]}
    assert [any_shop.post(body).status for _ in range(2)] == [422, 422]


def test_remembered_requests_are_forgotten_as_new_ones_come(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    for number in range(30):
        shop.save(("email", f"ann{number}@example.org"))
    clock.advance(seconds=61)
    # Each sixteenth request cleans, by chance: that none of 200 does has a probability of 0.000003.
    for number in range(200):
        shop.save(("email", "ann@example.org"), contactKey=f"{number}")
    with any_site.rules():
        assert db.session.scalar(select(func.count()).select_from(RecentRequest)) == 200


def test_all_that_is_wrong_is_named(shop: Shop) -> None:
    answer = shop.post(
        {
            "channels": [{"type": "email", "value": "bad"}, {"type": "sms", "value": "1ab"}, {"type": "viber", "value": ""}],
            "firstName": "123", "address": {"town": "x" * 256}, "languageCode": "english!", "timeZone": "Mars/Base",
            "fields": [{"id": 4711, "value": "x"}], "groups": [{"name": " "}],
        }
    )  # fmt: skip
    assert answer.status == 422
    assert answer.json["errors"].keys() == {
        "channels.0.value", "channels.1.value", "channels.2.value", "firstName", "address.town", "languageCode", "timeZone",
        "fields.0.id", "groups.0.name",
    }  # fmt: skip
    assert answer.json["errors"]["channels.0.value"] == ["'bad' is not valid email"]
    assert answer.json["error"] == "invalid"
    assert answer.json["detail"] == answer.json["message"]
    assert shop.ids() == []


def test_another_organization_s_fields_and_address_books_are_unknown(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    id = neighbour.save(ANN)
    book, field = neighbour.read(id)["addressBookId"], neighbour.field("GENDER")
    assert shop.refusal(addressBookId=book) == {"addressBookId": [f"There is no address book {book}."]}
    assert shop.refusal(fields=[{"id": field, "value": "F"}]).keys() == {"fields.0.id"}
    assert neighbour.save(ANN, addressBookId=book, fields=[{"id": field, "value": "F"}]) == id


def test_every_documented_error_has_its_status(site: Site) -> None:
    body = {"channels": [{"type": "email", "value": "ann@example.org"}]}
    assert site.post("/api/v1/contact", json=body).status == 401
    reader = Shop(site, scope="read:contacts")
    refused = reader.post(body)
    assert (refused.status, refused.json["error"]) == (403, "insufficient_scope")
    assert 'scope="write:contacts"' in refused.headers["WWW-Authenticate"]
    writer = Shop(site, scope="write:contacts")
    assert writer.get("/v1/contacts").status == 403
    assert writer.get("/v1/contact/1").status == 403
    assert writer.send("PATCH", "/v1/contact", json=body).status == 405
    assert writer.post_raw(b"a=b", "application/x-www-form-urlencoded").status == 415
    assert writer.post_raw(b'{"channels":').status == 400
    assert writer.post_raw(b" " * (16 * 2**20 + 1)).status == 413
