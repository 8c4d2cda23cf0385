"""5. Managing events. The numbers are the reference's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.locations import Locations
from app.models import Event, EventType
from app.services import organizations
from app.settings import SettingsError
from tests.support import location_file
from tests.support.answers import Answer
from tests.support.sites import Site

from .shop import Shop

ANN = {"name": "email", "value": "ann@example.org"}


def _recorded(site: Site) -> list[tuple[str, str, list[dict[str, Any]]]]:
    with site.rules():
        rows = db.session.execute(select(EventType.key, Event.key, Event.params).join(Event).order_by(Event.id))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def _send(shop: Shop, version: int = 2, **event: Any) -> Answer:
    return shop.send("POST", f"/v{version}/event", json={"eventTypeKey": "AbandonedCart", "keyValue": "ann"} | event)


def test_5_1_an_event_is_recorded_and_its_type_made(any_site: Site) -> None:
    answer = _send(Shop(any_site), keyValue="ann@example.org", params=[ANN, {"name": "cart", "value": {"id": 17}}])
    assert (answer.status, answer.json) == (200, {})
    assert _recorded(any_site) == [
        ("AbandonedCart", "ann@example.org", [ANN, {"name": "cart", "value": {"id": 17}}]),
    ]


def test_5_1_version_1_keeps_values_as_texts_and_is_deprecated(site: Site) -> None:
    assert _send(Shop(site), version=1, params=[{"name": "count", "value": 3}]).status == 200
    assert _recorded(site)[0][2] == [{"name": "count", "value": "3"}]
    assert _send(Shop(site), version=1, params=[{"name": "cart", "value": {"id": 1}}]).status == 422


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ([{"name": "Phone", "value": "380501234567"}, ANN], "ann@example.org"),
        ([ANN, {"name": "ExternalCustomerId", "value": "C-1"}], "C-1"),
        ([{"name": "contactKey", "value": "K"}, {"name": "CONTACT_ID", "value": 12}], "12"),
        ([{"name": "SMS", "value": "380501234567"}], "380501234567"),
        ([{"name": "PushToken", "value": "tok"}], "tok"),
        ([{"name": "externalCustomerId", "value": "null"}, ANN], "ann@example.org"),
        ([ANN, {"name": "Email", "value": ""}], "ann@example.org"),
    ],
)
def test_5_1_without_a_key_one_is_taken_from_the_params(site: Site, params: list[dict[str, Any]], key: str) -> None:
    assert _send(Shop(site), keyValue=None, params=params).status == 200
    assert _recorded(site)[0][1] == key


def test_5_1_without_any_identifier_the_event_is_refused(site: Site) -> None:
    answer = _send(Shop(site), keyValue=None, params=[{"name": "cart", "value": "1"}])
    assert answer.status == 400
    assert "keyValue" in answer.json["detail"]
    assert _recorded(site) == []


@pytest.mark.parametrize(
    "event",
    [
        {"eventTypeKey": "a<b"},
        {"eventTypeKey": ""},
        {"eventTypeKey": "x" * 101},
        {"keyValue": "x" * 301},
        {"keyValue": "a|b"},
        {"keyValue": "a\nb"},
        {"params": [ANN, ANN]},
        {"params": [{"name": "x" * 101, "value": "1"}]},
        {"params": [{"name": "email"}]},
        {"params": [{"value": "1"}]},
        {"params": "text"},
    ],
)
def test_5_1_bad_keys_and_params_are_refused_by_name(any_site: Site, event: dict[str, Any]) -> None:
    answer = _send(Shop(any_site), **event)
    assert answer.status == 422
    assert answer.json["errors"]
    assert _recorded(any_site) == []


def test_5_1_parameters_and_a_single_object_are_taken_too(site: Site) -> None:
    shop = Shop(site)
    body = {"eventTypeKey": "Visit", "keyValue": "ann", "parameters": ANN}
    assert shop.send("POST", "/v2/event/", json=body).status == 200
    assert _recorded(site)[0][2] == [ANN]


def test_5_1_version_2_adds_where_an_address_is(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    london = {
        "country": {"iso_code": "GB", "geoname_id": 2635167, "names": {"de": "x" * 300, "en": "United Kingdom"}},
        "subdivisions": [{"geoname_id": 6269131, "names": {"en": "England"}}], "location": {"latitude": 51.5},
        "city": {"geoname_id": 2643743, "names": {"en": "London"}, "is_capital": True},
    }  # fmt: skip
    location_file.write(tmp_path / "a.mmdb", {"81.2.69.0/24": london})
    site = Site(make_app(locations_file=tmp_path / "a.mmdb"))
    shop, ip = Shop(site), {"name": "ip", "value": "81.2.69.142"}
    _send(shop, params=[ip, {"name": "cityName", "value": "Here"}, {"name": "big", "value": "x" * 20_380}])
    for nowhere in ("10.0.0.1", "81.2.70.1", "2001:db8::1", "x", "", 7):
        _send(shop, params=[{"name": "ip", "value": nowhere}])
    _send(shop, version=1, params=[ip])
    for bits, ip_version in ((24, 6), (28, 6), (32, 4)):
        location_file.write(tmp_path / "b.mmdb", {"81.2.69.0/24": london}, bits=bits, ip_version=ip_version)
        site.app.extensions["locations"] = Locations(tmp_path / "b.mmdb")
        _send(shop, params=[ip])
    own, *found = ({one["name"]: one["value"] for one in params} for _, _, params in _recorded(site))
    place = {
        "ip": "81.2.69.142", "countryCode": "GB", "countryId": 2635167, "regionName": "England", "regionId": 6269131,
        "cityName": "London", "cityId": 2643743,
    }  # fmt: skip
    assert {name: own[name] for name in place} == place | {"cityName": "Here"}
    assert [list(one) for one in found[:-3]] == [["ip"]] * 7
    assert found[-3:] == [place] * 3
    site.close()


@pytest.mark.parametrize("name", ["a.mmdb", "missing.mmdb"])
def test_5_1_a_file_of_locations_that_is_none_stops_the_start(
    make_app: Callable[..., Flask], tmp_path: Path, name: str
) -> None:  # fmt: skip
    (tmp_path / "a.mmdb").write_bytes(b"something else")
    with pytest.raises(SettingsError, match="UAA_LOCATIONS_FILE"):
        make_app(locations_file=tmp_path / name)


def test_5_1_an_event_has_at_most_20_kb(site: Site) -> None:
    shop = Shop(site)
    assert _send(shop, params=[{"name": "big", "value": "x" * 20_000}]).status == 200
    assert _send(shop, params=[{"name": "big", "value": "x" * 21_000}]).status == 413


def test_5_1_a_type_can_demand_params(site: Site) -> None:
    shop = Shop(site)
    arguments = ["event-types", "set", "AbandonedCart", "--organization", shop.organization, "--require", "cartId"]
    assert site.app.test_cli_runner().invoke(args=arguments).exit_code == 0
    answer = _send(shop, params=[ANN])
    assert answer.status == 400
    assert answer.json["detail"] == ('The event should have the following params: [{"name":"cartId","required":true}]')
    assert _send(shop, params=[ANN, {"name": "cartId", "value": "K-17"}]).status == 200


@pytest.mark.parametrize(
    ("contact", "refusal"),
    [
        ({"channels": [{"type": "email", "value": "ann@example.org"}], "firstName": "Ann"}, None),
        ('{"channels": {"type": "sms", "value": "380501234567"}}', None),
        ({"firstName": "Ann"}, "contactJson: channels: Field required."),
        ({"channels": [{"type": "email", "value": "ann"}]}, "contactJson: 'ann' is not valid email"),
        ({"channels": [{"type": "email", "value": "ann@example.org"}], "fields": [{"id": 9, "value": "1"}]},
         "contactJson: There is no additional field 9 in the address book."),
        ('{"channels":', "contactJson: this is not valid JSON"),
        (None, "contactJson: body: Input should be an object."),
    ],
)  # fmt: skip
def test_5_1_version_2_checks_contactJson_like_a_new_contact(site: Site, contact: Any, refusal: str | None) -> None:
    shop, param = Shop(site), {"name": "contactJson", "value": contact}
    answer = _send(shop, params=[param])
    if refusal is None:
        assert (answer.status, _recorded(site)[0][2]) == (200, [param])
    else:
        assert (answer.status, answer.json["detail"].startswith(refusal), _recorded(site)) == (400, True, []), answer.text
        if isinstance(contact, str):
            assert _send(shop, version=1, params=[param]).status == 200
    assert shop.get("/v1/contacts").json == [], "it is checked only"


def test_5_1_simultaneous_first_events_agree_on_one_type(live_pg_site: Site) -> None:
    shop = Shop(live_pg_site)
    with ThreadPoolExecutor(10) as threads:
        statuses = list(threads.map(lambda n: _send(shop, eventTypeKey="Racing", keyValue=str(n)).status, range(20)))
    assert statuses == [200] * 20
    with live_pg_site.rules():
        assert db.session.scalar(select(func.count()).where(EventType.key == "Racing")) == 1


def _past(shop: Shop, *occurred: str | None, version: int = 2) -> Answer:
    events = [{"eventTypeKey": "orderCreated", "keyValue": "ann", "params": [ANN], "occurred": at} for at in occurred]
    return shop.send("POST", f"/v{version}/past_events", json={"events": events})


def test_5_2_past_events_are_judged_one_by_one(any_site: Site, clock: SimpleNamespace) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    answer = _past(Shop(any_site), "2025-03-22T14:30", None, "yesterday", "1999-01-01", tomorrow, "2025-03-22")
    assert answer.status == 200
    assert answer.json == {
        "results": [
            {"status": "ACCEPTED"},
            {"status": "OCCURRED_DATE_IS_REQUIRED"},
            {"status": "INCORRECT_OCCURRED_DATE_FORMAT"},
            {"status": "OCCURRED_TIME_TOO_DEPTH"},
            {"status": "OCCURRED_TIME_IN_FUTURE"},
            {"status": "ACCEPTED"},
        ],
        "successCount": 2,
        "errorCount": 4,
    }
    assert len(_recorded(any_site)) == 2


def test_5_2_a_type_can_refuse_history(site: Site) -> None:
    shop = Shop(site)
    arguments = ["event-types", "set", "orderCreated", "--organization", shop.organization, "--no-past-events"]
    assert site.app.test_cli_runner().invoke(args=arguments).exit_code == 0
    assert _past(shop, "2025-03-22", version=1).json["results"] == [{"status": "EVENT_SEGMENTATION_DISABLED"}]


def test_5_2_at_most_500_at_once_and_at_least_one(site: Site) -> None:
    shop = Shop(site)
    assert _past(shop, *["2025-03-22"] * 501).status == 422
    assert _past(shop).status == 422


def test_5_2_of_the_wrong_parameters_of_an_event_the_first_is_named(site: Site) -> None:
    """A request of three megabytes could make more than a million errors, which took all of the memory."""
    event = {"eventTypeKey": "a", "keyValue": "b", "occurred": "2025-03-22", "params": [1, 2, {"name": "c"}]}
    answer = Shop(site).send("POST", "/v2/past_events", json={"events": [event, event]})
    assert (answer.status, answer.json["errors"].keys()) == (422, {"events.0.params.0", "events.1.params.0"})


def _delete(shop: Shop, **period: str) -> Answer:
    return shop.send("DELETE", "/v1/past_events", json=period)


def test_5_3_deleting_is_off_unless_the_operator_allows_it(site: Site) -> None:
    answer = _delete(Shop(site), **{"from": "2024-06-04T10:47", "to": "2025-01-04T13:33"})
    assert answer.status == 400
    assert "switched off" in answer.json["detail"]


@pytest.mark.settings(event_deletion=True)
def test_5_3_the_events_of_a_period_are_deleted_both_ends_included(any_site: Site) -> None:
    shop, other = Shop(any_site), Shop(any_site)
    days = ("2024-12-31T23:59", "2025-01-01T00:00", "2025-01-31T12:00", "2025-01-31T12:01")
    _past(shop, *days)
    _past(other, *days)
    answer = _delete(shop, **{"from": "2025-01-01T00:00", "to": "2025-01-31T12:00"})
    assert (answer.status, answer.json) == (200, {})
    assert len(_recorded(any_site)) == 2 + len(days)
    assert _delete(shop, **{"from": "2025-01-31", "to": "2025-01-31"}).status == 200, "a whole day"
    assert len(_recorded(any_site)) == 1 + len(days)
    assert _delete(shop, **{"from": "2025-02-01", "to": "2025-01-01"}).status == 400
    assert _delete(shop, **{"from": "then", "to": "now"}).status == 400


@pytest.mark.settings(event_deletion=True)
def test_5_2_and_5_3_times_without_an_offset_are_the_organizations_own(site: Site) -> None:
    shop = Shop(site)
    with site.rules():
        organizations.get_by_name(shop.organization).time_zone = "Asia/Tokyo"
    assert _past(shop, "2026-03-22T14:30", "2026-03-22T14:30Z").json["successCount"] == 2
    with site.rules():
        hours = [at.hour for at in db.session.scalars(select(Event.occurred_at).order_by(Event.id))]
    assert hours == [5, 14]
    assert _delete(shop, **{"from": "2026-03-22T14:00", "to": "2026-03-22T15:00"}).status == 200
    with site.rules():
        assert [at.hour for at in db.session.scalars(select(Event.occurred_at))] == [14]


def test_5_events_need_their_scope(site: Site) -> None:
    answer = _send(Shop(site, scope="UseMessages"))
    assert (answer.status, answer.json["error"]) == (403, "insufficient_scope")
    assert "write:events" in answer.json["detail"]
