"""6.10 to 6.13 broadcasts, 1.18 callouts/sms."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.jobs import deliverer
from app.services import balance, broadcast_steps, organizations, subscriptions

from ..support.answers import Answer
from ..support.servers import Server
from ..support.sites import Site
from .mailing import ALPHA, MailShop
from .shop import Shop

pytestmark = pytest.mark.settings(rate_limit_send="1000/minute", rate_limit_general="100000/minute")


@pytest.fixture
def mail_shop(any_site: Site) -> MailShop:
    return MailShop(any_site)


def fill(shop: MailShop, *emails: str, segment: str = "A") -> int:
    """A segment with contacts of these addresses; its id."""
    ids = [
        shop.save(("email", email), groups=[{"name": segment}], externalCustomerId=f"{segment} {email}") for email in emails
    ]
    return next(int(group["id"]) for group in shop.read(ids[-1])["groups"] if group["name"] == segment)


def broadcast(shop: MailShop, message: int, *groups: int, **members: Any) -> Answer:
    return shop.send("POST", "/v1/broadcast", json={"messageId": str(message), "groups": list(groups)} | members)


def recipients(shop: MailShop) -> list[str]:
    return sorted(letter["recipient"] for letter in shop.letters())


def set_zone(shop: MailShop, zone: str) -> None:
    with shop.site.rules():
        organizations.get_by_name(shop.organization).time_zone = zone


def test_6_10_everybody_in_the_segments_gets_one_message_at_once(mail_shop: MailShop) -> None:
    both = fill(mail_shop, "ann@x.org", "bob@x.org"), fill(mail_shop, "bob@x.org", "eve@x.org", segment="B")
    message = mail_shop.email()
    answer = broadcast(mail_shop, message, *both, title="Sale")
    assert answer.status == 200
    row = answer.json
    assert row == {
        "broadcastId": row["broadcastId"], "title": "Sale", "messageId": str(message), "groupId": f"{both[0]},{both[1]}",
        "startDate": row["startDate"],
    }  # fmt: skip
    assert recipients(mail_shop) == []
    mail_shop.work()
    assert recipients(mail_shop) == ["ann@x.org", "bob@x.org", "eve@x.org"]
    assert {row.broadcast_id for row in mail_shop.activity()} == {int(row["broadcastId"])}
    mail_shop.work()
    assert len(mail_shop.letters()) == 3


def test_6_10_unsubscribed_unconfirmed_deleted_and_excluded_ones_are_passed_over(mail_shop: MailShop) -> None:
    segment = fill(mail_shop, *(f"{name}@x.org" for name in ("ann", "bob", "dan", "eve", "fay")))
    excluded = fill(mail_shop, "dan@x.org", segment="Not these")
    mail_shop.send("POST", "/v1/emails/unsubscribed/add", json={"emails": ["bob@x.org"]})
    mail_shop.delete(mail_shop.ids(email="eve@x.org")[0])
    body = {"contact": {"channels": [{"type": "email", "value": "new@x.org"}]}, "groups": ["A"]}
    assert mail_shop.send("POST", "/v1/contact/subscribe", json=body).json["emailStatus"] == "NEED_CONFIRMATION"
    mail_shop.save(("sms", "380501234567"), groups=[{"name": "A"}])
    broadcast(mail_shop, mail_shop.email(name="To all"), segment, excludedGroups=excluded)
    mail_shop.work()
    assert {row.locator for row in mail_shop.activity() if row.broadcast_id} == {"ann@x.org", "fay@x.org"}


def test_6_10_who_has_an_unsubscribed_and_another_address_is_reached_at_the_other(mail_shop: MailShop) -> None:
    contact = mail_shop.save(("email", "ann@x.org"), ("email", "ann2@x.org"), groups=[{"name": "A"}])
    segment = mail_shop.read(contact)["groups"][0]["id"]
    mail_shop.send("POST", "/v1/emails/unsubscribed/add", json={"emails": ["ann@x.org"]})
    broadcast(mail_shop, mail_shop.email(), segment)
    mail_shop.work()
    assert recipients(mail_shop) == ["ann2@x.org"]


def test_6_10_a_message_with_categories_goes_to_their_subscribers_only(mail_shop: MailShop) -> None:
    segment = fill(mail_shop, "ann@x.org", "bob@x.org")
    with mail_shop.site.rules():
        key = subscriptions.create(mail_shop.organization_id, "News").key
    (bob,) = mail_shop.ids(email="bob@x.org")
    mail_shop.send("PUT", f"/v1/contact/{bob}/subscriptions", json={"subscriptions": [key]})
    broadcast(mail_shop, mail_shop.email(subscriptionsKeys=[key]), segment)
    broadcast(mail_shop, mail_shop.email(subscriptionsKeys=["unknown"]), segment)
    mail_shop.work()
    assert recipients(mail_shop) == ["bob@x.org"]


def test_6_10_a_start_is_read_in_the_organizations_time_zone(mail_shop: MailShop, clock: SimpleNamespace) -> None:
    set_zone(mail_shop, "Europe/Kyiv")
    segment = fill(mail_shop, "ann@x.org")
    local = (datetime.now(ZoneInfo("Europe/Kyiv")) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    row = broadcast(mail_shop, mail_shop.email(), segment, startDate=local).json
    assert row["startDate"] == f"{local}:00"
    mail_shop.work()
    clock.advance(seconds=3400)
    mail_shop.work()
    assert recipients(mail_shop) == []
    clock.advance(seconds=260)
    mail_shop.work()
    assert recipients(mail_shop) == ["ann@x.org"]


def test_6_10_a_start_with_an_offset_says_itself_where_it_is(mail_shop: MailShop) -> None:
    set_zone(mail_shop, "America/New_York")
    segment = fill(mail_shop, "ann@x.org")
    start = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    row = broadcast(mail_shop, mail_shop.email(), segment, startDate=start.isoformat()).json
    there = start.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
    assert row["startDate"] == there.isoformat()


@pytest.mark.parametrize(("unit", "seconds"), [("MINUTE", 60), ("HOUR", 3600), ("DAY", 86400)])
def test_6_10_batches_follow_each_other_at_the_interval(
    mail_shop: MailShop, clock: SimpleNamespace, unit: str, seconds: int
) -> None:
    segment = fill(mail_shop, *(f"p{number}@x.org" for number in range(5)))
    row = broadcast(mail_shop, mail_shop.email(), segment, batchSize=2, batchIntervalUnit=unit).json
    assert (row["batchSize"], row["batchIntervalUnit"]) == (2, unit)
    for sent in (2, 4, 5):
        mail_shop.work()
        mail_shop.work()
        assert len(mail_shop.letters()) == sent
        clock.advance(seconds=seconds + 1)


def test_6_10_batches_that_nobody_was_there_for_do_not_go_out_together(mail_shop: MailShop, clock: SimpleNamespace) -> None:
    segment = fill(mail_shop, *(f"p{number}@x.org" for number in range(6)))
    broadcast(mail_shop, mail_shop.email(), segment, batchSize=1, batchIntervalUnit="HOUR")
    for sent, pause in ((1, 5 * 3600), (2, 1800), (2, 1801), (3, 3601), (4, 0)):
        mail_shop.work()
        assert len(mail_shop.letters()) == sent
        clock.advance(seconds=pause)


@pytest.mark.parametrize(
    "members",
    [
        {"messageId": "4711"}, {"messageId": "x"}, {"groups": [4711]}, {"excludedGroups": [4711]}, {"startDate": "soon"},
        {"startDate": "2020-01-01T10:00"}, {"batchSize": 5}, {"batchIntervalUnit": "HOUR"},
    ],
)  # fmt: skip
def test_6_10_what_can_not_be_done_is_refused(mail_shop: MailShop, members: dict[str, Any]) -> None:
    segment = fill(mail_shop, "ann@x.org")
    body = {"messageId": str(mail_shop.email()), "groups": [segment]} | members
    answer = mail_shop.send("POST", "/v1/broadcast", json=body)
    assert (answer.status, answer.json["error"]) == (400, "bad_request")


def test_6_10_malformed_members_are_named(mail_shop: MailShop) -> None:
    for body, member in (({"groups": [1]}, "messageId"), ({"messageId": "1"}, "groups"),
                         ({"messageId": "1", "groups": []}, "groups"),
                         ({"messageId": "1", "groups": [1], "batchSize": 0}, "batchSize"),
                         ({"messageId": "1", "groups": [1], "batchIntervalUnit": "YEAR"}, "batchIntervalUnit")):  # fmt: skip
        answer = mail_shop.send("POST", "/v1/broadcast", json=body)
        assert (answer.status, list(answer.json["errors"])) == (422, [member])


def test_6_11_to_6_13_broadcasts_are_read_listed_and_cancelled(mail_shop: MailShop) -> None:
    segment, message = fill(mail_shop, "ann@x.org"), mail_shop.email()
    later = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    rows = [broadcast(mail_shop, message, segment, title=f"T{number}", startDate=later).json for number in range(12)]
    for row in rows[:2]:
        assert mail_shop.get(f"/v1/broadcast/{row['broadcastId']}").json == row
    listed = mail_shop.get("/v1/broadcasts")
    assert listed.json == rows[:1:-1], "the newest ten first"
    assert listed.headers["TotalCount"] == "12"
    assert mail_shop.get("/v1/broadcasts", startindex=11, maxrows=500).json == rows[1::-1]
    answer = mail_shop.send("DELETE", f"/v1/broadcast/{rows[0]['broadcastId']}", data=b"[]")
    assert (answer.status, answer.json) == (200, {})
    for method in ("GET", "DELETE"):
        assert mail_shop.send(method, f"/v1/broadcast/{rows[0]['broadcastId']}").status == 404
    for id in ("4711", "x", "0", str(2**63), "9" * 30):
        assert mail_shop.get(f"/v1/broadcast/{id}").status == 404
        assert mail_shop.send("DELETE", f"/v1/broadcast/{id}").status == 404


def test_6_12_what_has_started_can_not_be_cancelled_and_what_was_cancelled_never_starts(
    mail_shop: MailShop, clock: SimpleNamespace
) -> None:
    segment, message = fill(mail_shop, "ann@x.org", "bob@x.org", "eve@x.org"), mail_shop.email()
    started = broadcast(mail_shop, message, segment, batchSize=1, batchIntervalUnit="HOUR").json["broadcastId"]
    mail_shop.work()
    refused = mail_shop.send("DELETE", f"/v1/broadcast/{started}")
    assert (refused.status, refused.json["error"]) == (400, "broadcast_started")
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    cancelled = broadcast(mail_shop, message, segment, startDate=later).json["broadcastId"]
    assert mail_shop.send("DELETE", f"/v1/broadcast/{cancelled}").status == 200
    for _ in range(3):
        clock.advance(seconds=3601)
        mail_shop.work()
    assert {str(row.broadcast_id) for row in mail_shop.activity()} == {started}
    assert len(mail_shop.letters()) == 3


def test_6_12_a_broadcast_whose_message_was_deleted_sends_nothing(mail_shop: MailShop, clock: SimpleNamespace) -> None:
    segment, message = fill(mail_shop, "ann@x.org"), mail_shop.email()
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    broadcast(mail_shop, message, segment, startDate=later)
    mail_shop.send("DELETE", f"/v1/messages/email/{message}")
    clock.advance(seconds=3700)
    mail_shop.work()
    assert mail_shop.letters() == []


def test_6_10_a_campaign_lets_single_messages_by(mail_shop: MailShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast_steps, "STEP", 2)
    monkeypatch.setattr(broadcast_steps, "_MOST_WAITING", 3)
    monkeypatch.setattr(deliverer, "AT_ONCE", 1)
    segment = fill(mail_shop, *(f"p{number}@x.org" for number in range(8)))
    broadcast(mail_shop, mail_shop.email(), segment)
    tariff = balance.tariff_of(mail_shop.site.app.config["SETTINGS"])

    def step() -> int:
        with mail_shop.site.rules():
            return broadcast_steps.carry_on(tariff)

    assert [step() for _ in range(4)] == [2, 2, 0, 0], "four wait"
    mail_shop.mail("ann@x.org")
    number = mail_shop.save(("sms", "380501234567"), groups=[{"name": "By SMS"}])
    group = mail_shop.read(number)["groups"][0]["id"]
    mail_shop.send("POST", "/v1/message/sms", json={"from": ALPHA, "text": "x", "groupId": group})
    assert step() == 1, "other channels have room"
    mail_shop.work()
    emails = [letter["recipient"] for letter in mail_shop.letters() if "@" in letter["recipient"]]
    assert (len(emails), emails.index("ann@x.org")) == (9, 4)


@pytest.mark.settings(bonus_emails=2, price_email="1")
def test_6_10_a_broadcast_draws_on_the_balance(mail_shop: MailShop) -> None:
    segment = fill(mail_shop, *(f"p{number}@x.org" for number in range(4)))
    broadcast(mail_shop, mail_shop.email(), segment)
    mail_shop.work()
    assert len(mail_shop.letters()) == 2
    assert [row.status_description for row in mail_shop.activity() if row.status == "UNDELIVERED"] == ["NO_MONEY"] * 2


def test_1_18_sms_campaigns_have_their_numbers(mail_shop: MailShop) -> None:
    ids = [mail_shop.save(("sms", f"38050123456{number}"), groups=[{"name": "Customers"}]) for number in range(3)]
    segment = mail_shop.read(ids[0])["groups"][0]["id"]
    assert mail_shop.get("/v1/callouts/sms").json == []
    broadcast(mail_shop, mail_shop.stored(), segment, title="March offers")
    broadcast(mail_shop, mail_shop.stored(), segment, title="April offers")
    broadcast(mail_shop, mail_shop.email(), segment, title="By email")
    mail_shop.work()
    rows = mail_shop.get("/v1/callouts/sms").json
    assert [row["calloutName"] for row in rows] == ["April offers", "March offers"]
    assert rows[0] == {
        "calloutName": "April offers", "groupId": segment, "groupName": "Customers", "date": rows[0]["date"], "sent": 3,
        "delivered": 3, "errors": 0,
    }  # fmt: skip
    page = mail_shop.get("/v1/callouts/sms", startindex=2, maxrows=5)
    assert (page.json, page.headers["TotalCount"]) == (rows[1:], "2")


def test_another_organizations_broadcasts_are_out_of_reach(any_site: Site) -> None:
    shop, neighbour = MailShop(any_site), MailShop(any_site)
    segment, message = fill(neighbour, "ann@x.org"), neighbour.email()
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    theirs = broadcast(neighbour, message, segment, startDate=later).json["broadcastId"]
    for method in ("GET", "DELETE"):
        assert shop.send(method, f"/v1/broadcast/{theirs}").status == 404
    assert shop.get("/v1/broadcasts").json == []
    assert broadcast(shop, shop.email(), segment).status == 400
    assert broadcast(shop, message, fill(shop, "bob@x.org")).status == 400
    assert neighbour.get(f"/v1/broadcast/{theirs}").status == 200


@pytest.mark.settings(rate_limit_send="2/minute")
def test_6_10_campaigns_have_a_limit_of_their_own(mail_shop: MailShop) -> None:
    segment, message = fill(mail_shop, "ann@x.org"), mail_shop.email()
    answers = [broadcast(mail_shop, message, segment) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "Retry-After" in answers[2].headers


def test_6_12_cancelling_and_starting_at_the_same_moment_have_one_winner(
    start_server: Callable[..., Server], site_of: Callable[[Server], Site], pg_url: str
) -> None:
    site = site_of(start_server(database_url=pg_url, rate_limit_send="1000/minute"))
    shop = MailShop(site)
    segment, message = fill(shop, "ann@x.org"), shop.email()
    for _ in range(6):
        id = broadcast(shop, message, segment).json["broadcastId"]
        before = len(shop.letters())
        with ThreadPoolExecutor(2) as threads:
            cancelling = threads.submit(shop.send, "DELETE", f"/v1/broadcast/{id}")
            threads.submit(shop.work).result()
        shop.work()
        cancelled = cancelling.result().status == 200
        assert cancelled or cancelling.result().json["error"] == "broadcast_started"
        assert len(shop.letters()) - before == (0 if cancelled else 1)


def test_two_workers_carry_one_broadcast_out_without_sending_twice(site_of: Any, pg_server: Server) -> None:
    shop = MailShop(site_of(pg_server))
    segment = fill(shop, *(f"p{number}@x.org" for number in range(30)))
    broadcast(shop, shop.email(), segment)
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(shop.work) for _ in range(4)]:
            done.result()
    shop.work()
    assert len(shop.letters()) == len(set(recipients(shop))) == 30


def test_every_documented_error_has_its_status(site: Site) -> None:
    reader = Shop(site, scope="read:contacts")
    assert reader.get("/v1/callouts/sms").status == 200, "group 1 needs no scope"
    assert reader.get("/v1/broadcasts", maxrows="x").status == 403
    assert Shop(site).get("/v1/broadcasts", maxrows="x").status == 400
