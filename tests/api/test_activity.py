"""4.1 GET v2/contacts/activity."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from app.clock import now
from app.database import unit_of_work
from app.extensions import db
from app.jobs.importer import Importer
from app.models import ActivitySpan, ActivityStatus, ChannelType, Organization
from app.services import activity, activity_reading, subscriptions
from app.services.activity import Entry

from ..support.answers import Answer
from ..support.servers import Server
from ..support.sites import Site
from .mailing import MailShop

ANN, BOB = "ann@example.org", "bob@example.org"
PATH = "/v2/contacts/activity"


@pytest.fixture
def mail_shop(any_site: Site) -> MailShop:
    return MailShop(any_site)


def ask(shop: MailShop, **params: Any) -> Answer:
    today = now()
    period = {"dateFrom": (today - timedelta(days=1)).date().isoformat(), "dateTo": today.date().isoformat()}
    return shop.get(PATH, **period | params)


def rows(shop: MailShop, **params: Any) -> list[dict[str, Any]]:
    answer = ask(shop, **params)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json
    return found


def happened(shop: MailShop, **params: Any) -> list[str]:
    return [row["activityStatus"] for row in rows(shop, **params)]


def write(shop: MailShop, *locators: str, **members: Any) -> None:
    """Activity as the worker and the links write it down."""
    entry: dict[str, Any] = {"status": ActivityStatus.READ, "occurred_at": now(), "channel": ChannelType.EMAIL} | members
    with shop.site.app.app_context(), unit_of_work():
        activity.record([Entry(shop.organization_id, locator=locator, **entry) for locator in locators])


def test_4_1_a_message_is_followed_from_its_delivery_to_the_unsubscribing(mail_shop: MailShop) -> None:
    contact = mail_shop.save(("email", ANN), externalCustomerId="C-1001")
    html = '<p>Hi</p><a href="https://shop.example.org/sale">Sale</a>'
    message = mail_shop.email(name="Spring sale", tags=["promo", "spring"], languageCode="en", htmlText=html)
    mail_shop.smart(message, {"contactId": contact, "externalRequestId": "order-77"})
    mail_shop.work()
    letter = mail_shop.letters()[-1]
    picture = re.findall(r'src="([^"]+)"', letter["html"])[-1]
    click = unescape(re.findall(r'href="([^"]+)"', letter["html"])[0])
    unsubscribe = letter["headers"]["List-Unsubscribe"].strip("<>")
    assert mail_shop.site.get(picture).status == 200
    assert mail_shop.site.get(click).status == 302
    assert mail_shop.site.post(unsubscribe, data={"List-Unsubscribe": "One-Click"}).status == 200

    found = rows(mail_shop)
    assert [row["activityStatus"] for row in found] == ["DELIVERED", "READ", "CLICKED", "UNSUBSCRIBED"]
    clicked = found[2]
    view = clicked.pop("viewMessageLink")
    assert mail_shop.site.get(view).status == 200
    assert clicked == {
        "iid": clicked["iid"], "externalRequestId": "order-77", "contactId": contact, "externalCustomerId": "C-1001",
        "email": ANN, "mediaType": "email", "activityStatus": "CLICKED", "activityDateTime": clicked["activityDateTime"],
        "messageId": message, "messageInstanceId": clicked["messageInstanceId"], "messageName": "Spring sale",
        "messageTag": "promo,spring", "messageLanguageCode": "en", "clickEventLink": "https://shop.example.org/sale",
        "from": "Example Shop", "statusData": {}, "offset": clicked["offset"],
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", clicked["activityDateTime"])
    assert clicked["messageInstanceId"] > 0
    assert "clickEventLink" not in found[1]
    assert len({row["iid"] for row in found}) == 1


def test_4_1_a_message_that_is_not_stored_has_the_number_0(mail_shop: MailShop) -> None:
    mail_shop.mail(ANN)
    mail_shop.work()
    (row,) = rows(mail_shop)
    assert (row["messageId"], row["messageInstanceId"]) == (0, 0)


def test_4_1_what_did_not_arrive_says_why(mail_shop: MailShop) -> None:
    write(mail_shop, ANN, status=ActivityStatus.UNDELIVERED, status_description="Mailbox full")
    (row,) = rows(mail_shop)
    assert (row["activityStatus"], row["statusDescription"]) == ("UNDELIVERED", "Mailbox full")


def test_4_1_changed_subscriptions_say_to_what(mail_shop: MailShop) -> None:
    with mail_shop.site.rules():
        for name in ("News", "Sales"):
            subscriptions.create(mail_shop.organization_id, name)
    contact = mail_shop.save(("sms", "380501234567"), ("email", ANN), externalCustomerId="C-1")
    for keys in (["news", "sales"], ["sales", "news"], []):
        mail_shop.send("PUT", f"/v1/contact/{contact}/subscriptions", json={"subscriptions": keys})
    form = {"contact": {"channels": [{"type": "email", "value": BOB}]}, "subscriptions": ["sales"]}
    assert mail_shop.send("POST", "/v1/contact/subscribe", json=form).status == 200
    found = rows(mail_shop, activityStatus="SUBSCRIPTION_CHANGED")
    assert [row["statusData"]["subscription"]["subscriptions"] for row in found] == [["news", "sales"], [], ["sales"]]
    assert [row["email"] for row in found] == [ANN, ANN, BOB]
    assert (found[0]["contactId"], found[0]["externalCustomerId"]) == (contact, "C-1")
    assert "messageId" not in found[0]


def test_4_1_so_do_subscriptions_that_change_with_a_segment(mail_shop: MailShop) -> None:
    """Whoever is put in a category's segment is subscribed by that, and whoever leaves it is not any more."""
    with mail_shop.site.rules():
        news = subscriptions.create(mail_shop.organization_id, "News").segment_id
        subscriptions.create(mail_shop.organization_id, "Sales")
    ann = mail_shop.save(("email", ANN), groups=[{"name": "News"}, {"name": "Others"}])
    bob = mail_shop.save(("sms", "380501234567"), ("email", BOB))

    def told(act: Callable[[], Answer]) -> list[tuple[str, list[str]]]:
        last = rows(mail_shop)[-1]["offset"]
        answer = act()
        assert answer.status == 200, answer.text
        Importer(mail_shop.site.app).run()
        return [(row["email"], row["statusData"]["subscription"]["subscriptions"]) for row in rows(mail_shop, offset=last)]

    def move(how: str, *ids: int) -> list[tuple[str, list[str]]]:
        path = f"/v1/group/{news}/contacts/{how}"
        return told(lambda: mail_shop.send("POST", path, json={"contactIds": list(ids)} if ids else {}))

    def bring_in(**options: Any) -> list[tuple[str, list[str]]]:
        contacts = [{"channels": [{"type": "email", "value": email}]} for email in (ANN, BOB, "eve@example.org")]
        body = {"contacts": contacts, "dedupeOn": "email"} | options
        return told(lambda: mail_shop.send("POST", "/v1/contacts", json=body))

    assert [row["statusData"]["subscription"]["subscriptions"] for row in rows(mail_shop)] == [["news"]]
    assert move("attach", ann, bob) == [(BOB, ["news"])]
    assert move("attach", bob) == []
    assert move("detach", ann, 10**15) == [(ANN, [])]
    groups = {"groups": [{"name": "Sales"}], "firstName": "Ann"}
    assert told(lambda: mail_shop.post({"channels": [{"type": "email", "value": ANN}]} | groups)) == [(ANN, ["sales"])]
    eve = ("eve@example.org", ["sales"])
    assert bring_in(groupNames=["Sales", "Others"]) == [(BOB, ["news", "sales"]), eve]
    assert bring_in(groupNamesExclude=["Sales"]) == [(ANN, []), (BOB, ["news"]), ("eve@example.org", [])]
    assert bring_in(groupNames=["Others"], groupNamesExclude=["Others"]) == []
    mail_shop.delete(bob)
    assert move("detach") == []


def test_4_1_each_condition_narrows(mail_shop: MailShop) -> None:
    write(mail_shop, ANN, message_tags=",promo,sale,")
    write(mail_shop, BOB, message_tags=",promotion,", status=ActivityStatus.CLICKED)
    write(mail_shop, "380501234567", channel=ChannelType.VIBER)
    write(mail_shop, "web-1", channel=ChannelType.WEBPUSH)
    write(mail_shop, "mob-1", channel=ChannelType.MOBILEPUSH)
    write(mail_shop, "mob-1", channel=ChannelType.MOBILEPUSH, status=ActivityStatus.SENT)

    assert [row["mediaType"] for row in rows(mail_shop)] == ["email", "email", "viber", "webpush", "mobilepush"]
    narrowed: list[tuple[dict[str, str], list[tuple[str, str]]]] = [
        ({"email": "ANN@example.org"}, [("email", ANN)]),
        ({"sms": "+380 50 123-45-67"}, [("sms", "380501234567")]),
        ({"webPushToken": "web-1"}, [("webPushToken", "web-1")]),
        ({"mobPushToken": "mob-1"}, [("mobPushToken", "mob-1")]),
        ({"webPushToken": "mob-1"}, []),
        ({"messageTag": "promo"}, [("email", ANN)]),
        ({"messageTag": "Promo"}, []),
        ({"messageTag": "%"}, []),
        ({"activityStatus": "CLICKED"}, [("email", BOB)]),
        ({"activityStatus": "CLICKED", "email": ANN}, []),
    ]
    for params, expected in narrowed:
        found = rows(mail_shop, **params)
        assert [(name, row[name]) for row, (name, _) in zip(found, expected, strict=True)] == expected, params


def test_4_1_the_period_is_the_organizations_own_and_includes_its_ends(mail_shop: MailShop) -> None:
    with mail_shop.site.rules():
        db.session.get_one(Organization, mail_shop.organization_id).time_zone = "Europe/Kyiv"
    at = (now() - timedelta(days=40)).replace(hour=22, minute=30, second=15, microsecond=0, month=1, day=10)
    write(mail_shop, ANN, occurred_at=at)  # at half past midnight of the next day in Kyiv
    year = at.year
    for start, end, number in (
        (f"{year}-01-11", f"{year}-01-11", 1), (f"{year}-01-10", f"{year}-01-10", 0),
        (f"{year}-01-11T00:30:15", f"{year}-01-11T00:30:15", 1), (f"{year}-01-11T00:31", f"{year}-01-12", 0),
        (f"{year}-01-10T22:30:15Z", f"{year}-01-10T22:30:15+00:00", 1), (f"{year}-01-01", f"{year}-03-31", 1),
    ):  # fmt: skip
        found = rows(mail_shop, dateFrom=start, dateTo=end)
        assert len(found) == number, (start, end)
        assert all(row["activityDateTime"] == f"{year}-01-11T00:30:15" for row in found)


def test_4_1_a_clock_that_is_fast_puts_nothing_into_the_future(mail_shop: MailShop) -> None:
    write(mail_shop, ANN, occurred_at=now() + timedelta(days=2))
    assert happened(mail_shop) == ["READ"]


@pytest.mark.parametrize(
    "params",
    [
        {"dateFrom": ""}, {"dateTo": ""}, {"dateFrom": "yesterday"}, {"dateTo": "2026-13-45"},
        {"dateFrom": "2026-02-01", "dateTo": "2026-01-31"}, {"dateFrom": "2025-01-01", "dateTo": "2025-04-05"},
        {"offset": "x"}, {"offset": "-1"}, {"offset": "9" * 30}, {"maxrows": "many"}, {"activityStatus": "SENT"},
        {"email": "nobody"}, {"sms": "x"}, {"email": ANN, "sms": "380501234567"},
    ],
)  # fmt: skip
def test_4_1_what_can_not_be_answered_is_refused(site: Site, params: dict[str, str]) -> None:
    answer = ask(MailShop(site), **params)
    assert (answer.status, answer.json["error"]) == (400, "bad_request"), answer.text


def test_4_1_three_months_are_not_too_long(site: Site) -> None:
    assert ask(MailShop(site), dateFrom="2025-07-01", dateTo="2025-09-30").json == []


def test_4_1_what_is_wanted_is_found_among_everything_else(mail_shop: MailShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActivitySpan, "BLOCK", 3)
    monkeypatch.setattr(activity_reading, "_BLOCK", 3)
    monkeypatch.setattr(activity_reading, "_BLOCKS_AT_ONCE", 2)
    tags, statuses = ("", ",promo,", ",news,promo,", ",Promo,", f",{'x' * 210},promo,"), list(ActivityStatus)[1:5]
    written = [
        {"status": statuses[n % 4], "message_tags": tags[n % 5], "occurred_at": now() - timedelta(days=n * 7 % 6)}
        for n in range(40)
    ]
    for n, members in enumerate(written):
        write(mail_shop, f"number{n}@example.org", **members)

    def read_on(**wanted: str) -> list[str]:
        found, offset = [], "0"
        while page := rows(mail_shop, maxrows=3, offset=offset, **wanted):
            found += [row["email"] for row in page]
            offset = page[-1]["offset"]
        return found

    for ago in range(7):
        day = (now() - timedelta(days=ago)).date()
        wanted = {"dateFrom": day.isoformat(), "dateTo": day.isoformat()}
        of_the_day = [n for n, members in enumerate(written) if members["occurred_at"].date() == day]
        assert read_on(**wanted) == [f"number{n}@example.org" for n in of_the_day]
        promo = [n for n in of_the_day if ",promo," in written[n]["message_tags"]]
        assert read_on(**wanted, messageTag="promo") == [f"number{n}@example.org" for n in promo]
        read = [n for n in of_the_day if written[n]["status"] is ActivityStatus.READ]
        assert read_on(**wanted, activityStatus="READ") == [f"number{n}@example.org" for n in read]
    week = {"dateFrom": day.isoformat(), "dateTo": now().date().isoformat()}
    everything = [f"number{n}@example.org" for n, members in enumerate(written) if ",promo," in members["message_tags"]]
    assert read_on(**week, messageTag="promo") == everything
    # Of too many combinations none is looked at by itself.
    monkeypatch.setattr(activity_reading, "_MOST_COMBINATIONS", 2)
    assert read_on(**week, messageTag="promo") == everything
    assert read_on(**week, messageTag="nothing") == []


def test_4_1_another_organizations_activity_is_out_of_reach(any_site: Site) -> None:
    shop, neighbour = MailShop(any_site), MailShop(any_site)
    write(shop, ANN)
    write(neighbour, BOB)
    write(shop, ANN)
    first, second = rows(shop)
    assert {first["email"], second["email"]} == {ANN}
    (theirs,) = rows(neighbour)
    assert rows(shop, offset=theirs["offset"]) == [second], "an offset is a place, not a key"
    assert MailShop(any_site, scope="UseEvents").get(PATH).status == 403


def test_4_1_pages_follow_each_other_by_the_offset(mail_shop: MailShop) -> None:
    write(mail_shop, *(f"{number}@example.org" for number in range(7)))
    # What is reported late comes last, whenever it happened.
    write(mail_shop, "late@example.org", occurred_at=now() - timedelta(hours=1))
    seen: list[str] = []
    page = rows(mail_shop, maxrows=3)
    while page:
        seen += [row["email"].partition("@")[0] for row in page]
        page = rows(mail_shop, maxrows=3, offset=page[-1]["offset"])
    assert seen == [*"0123456", "late"]
    assert len(rows(mail_shop, maxrows=0)) == 1
    assert len(rows(mail_shop, maxrows=10**9)) == 8


def test_4_1_reading_on_misses_nothing_while_others_write(pg_server: Server, site_of: Callable[[Server], Site]) -> None:
    """Rows are numbered and shown in one order: whoever reads on from the last offset gets every row, once."""
    shop = MailShop(site_of(pg_server))
    writers, rounds = 6, 30

    def write_some(writer: int) -> None:
        for number in range(rounds):
            entry = Entry(shop.organization_id, ActivityStatus.READ, now(), ChannelType.EMAIL, "")
            with shop.site.app.app_context(), unit_of_work():
                activity.record([replace(entry, locator=f"{writer}-{number}-{part}") for part in range(3)])
                # Numbered now, shown later: whoever is numbered next must not be shown first.
                time.sleep(number % 3 / 500)

    seen: list[str] = []

    def read_on(offset: str) -> str:
        page = rows(shop, maxrows=100, **{"offset": offset} if offset else {})
        seen.extend(row["email"] for row in page)
        return page[-1]["offset"] if page else offset

    offset, pages = "", 0
    with ThreadPoolExecutor(writers) as threads:
        pending = [threads.submit(write_some, writer) for writer in range(writers)]
        while not all(one.done() for one in pending):
            offset, pages = read_on(offset), pages + 1
            time.sleep(0.005)
        for one in pending:
            one.result()
    while (further := read_on(offset)) != offset:
        offset = further
    assert pages > 1, "the reader was not there while they wrote"
    assert len(seen) == len(set(seen)) == writers * rounds * 3
