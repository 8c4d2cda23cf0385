"""1.21 PUT interactions/{id}/status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.clock import now
from app.models import ChannelType
from app.services import senders

from ..support.answers import Answer
from ..support.sites import Site
from .mailing import MailShop

TOKEN = "bk3R-example-token"


@pytest.fixture
def mail_shop(any_site: Site) -> MailShop:
    return MailShop(any_site)


def pushed(shop: MailShop) -> str:
    """The interaction of a push message that a device has got."""
    shop.save(("mobilepush", TOKEN))
    with shop.site.rules():
        senders.add(shop.organization_id, ChannelType.MOBILEPUSH, "Shop app")
    message = shop.stored("mobilepush", name="Hello", sender="Shop app", body="News")
    shop.smart(message, {"locator": TOKEN}, email=False)
    shop.work()
    return shop.activity()[-1].interaction_id or ""


def report(shop: MailShop, interaction: str, status: Any, **members: Any) -> Answer:
    body = {"token": TOKEN, "status": status} | members
    return shop.send("PUT", f"/v1/interactions/{interaction}/status", json=body)


def activity(shop: MailShop) -> list[tuple[str, datetime]]:
    return [(row.status, row.occurred_at) for row in shop.activity()]


def test_1_21_what_a_device_reports_moves_the_status_and_shows_in_the_activity(mail_shop: MailShop) -> None:
    interaction = pushed(mail_shop)
    at = (now() - timedelta(minutes=5)).replace(microsecond=0)
    for status, time in (("DELIVERED", None), ("OPENED", at.isoformat()), ("OPENED", None), ("CLICKED", f"{at:%FT%TZ}")):
        answer = report(mail_shop, interaction.upper(), status, time=time)
        assert (answer.status, answer.json) == (200, {}), answer.text
    found = activity(mail_shop)
    assert [status for status, _ in found] == ["DELIVERED", "READ", "CLICKED"]
    assert [when.astimezone(UTC) for _, when in found[1:]] == [at, at]
    rows = mail_shop.get("/v2/contacts/activity", dateFrom=f"{at:%F}", dateTo=f"{now():%F}", mobPushToken=TOKEN).json
    assert [row["iid"] for row in rows] == [interaction] * 3


def test_1_21_news_that_comes_late_changes_nothing(mail_shop: MailShop) -> None:
    interaction = pushed(mail_shop)
    report(mail_shop, interaction, "CLICKED")
    assert report(mail_shop, interaction, "OPENED").status == 200
    assert [status for status, _ in activity(mail_shop)] == ["DELIVERED", "CLICKED"]


def test_1_21_only_the_device_that_got_it_knows_an_interaction(mail_shop: MailShop) -> None:
    interaction = pushed(mail_shop)
    mail_shop.mail("ann@example.org")
    mail_shop.work()
    email = mail_shop.activity()[-1]
    neighbour = MailShop(mail_shop.site)
    for answer in (
        report(mail_shop, interaction, "OPENED", token="another"),
        report(mail_shop, "6d0c2b1e-52f4-4a35-9d0d-3b8a5f0c1a77", "OPENED"),
        report(mail_shop, "x", "OPENED"),
        report(mail_shop, email.interaction_id or "", "OPENED", token=email.locator),
        report(neighbour, interaction, "OPENED"),
    ):
        assert answer.status == 404, answer.text
    assert [status for status, _ in activity(mail_shop)] == ["DELIVERED", "DELIVERED"]


@pytest.mark.parametrize(
    ("members", "wrong"),
    [({"status": "READ"}, "status"), ({"status": None}, "status"), ({"token": None}, "token"), ({"time": "soon"}, "time")],
)
def test_1_21_what_is_not_acceptable_is_refused(site: Site, members: dict[str, Any], wrong: str) -> None:
    shop = MailShop(site)
    answer = shop.send(
        "PUT", "/v1/interactions/x/status", json={"token": TOKEN, "status": "OPENED"} | members
    )  # fmt: skip
    assert (answer.status, answer.json["errors"].keys()) == (422, {wrong})


def test_1_21_any_credential_will_do_but_one_there_must_be(site: Site) -> None:
    shop = MailShop(site, scope="UseEvents")
    assert report(shop, "x", "OPENED").status == 404
    assert site.send("PUT", "/api/v1/interactions/x/status", json={}).status == 401
