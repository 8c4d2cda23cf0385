"""The list of connected apps: paused ones marked, paged, searched."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Organization, Role, User
from app.pages.connected_apps import PAGE
from app.services import clients, connections
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.sites import Site

LIST = "/settings/connected-apps"


def names(page: Answer) -> list[str]:
    return [heading.get_text(strip=True) for heading in page.page.select("article.connection h2")]


def connect_many(site: Site, owner: Owner, apps: Sequence[str]) -> None:
    """Connect new apps of these names with the organization of ``owner``."""
    with site.rules():
        organization = db.session.get_one(Organization, owner.organization_id)
        user = db.session.scalars(select(User).where(User.email == owner.email)).one()
        for name in apps:
            client, _ = clients.register(organization, name=name, callback_urls=[], scope="UseEvents")
            connections.open_(
                user=user, organization=organization, client=client, asked="UseEvents", granted="UseEvents", ends_at=None
            )


def older(page: Answer) -> str:
    link = page.page.find("a", string="Older")
    assert link is not None
    return str(link["href"])


def test_a_paused_app_is_marked_and_can_be_taken_over_or_ended(any_site: Site) -> None:
    boss = any_site.owner()
    boss.sign_in()
    admin = any_site.member(boss.organization, role=Role.ADMIN)
    kept, ended, other = (any_site.partner_app(name=name) for name in ("Kept", "Ended", "Other"))
    tokens, dead = kept.connect(admin), ended.connect(admin)
    other.connect(boss)
    assert "paused" not in boss.get(LIST).words.lower()
    admin.submit(admin.get("/settings/members").form("form[action$='/remove']"))
    page = boss.get(LIST)
    assert "2 apps are paused" in page.words
    assert len(page.page.select(".paused-note")) == 2
    assert names(boss.get(f"{LIST}?state=paused")) == ["Ended", "Kept"]
    boss.disconnect("Ended")
    form = boss.get(f"{LIST}?state=paused").form("form[action$='/take-over']")
    assert boss.submit(form).status == 302
    assert "paused" not in boss.get(LIST).words.lower()
    assert kept.version(tokens).status == 200
    assert ended.version(dead).status == 401


def test_members_see_that_an_app_is_paused_and_change_nothing(site: Site, owner: Owner) -> None:
    admin = site.member(owner.organization, role=Role.ADMIN)
    site.partner_app(name="Stripo").connect(admin)
    admin.submit(admin.get("/settings/members").form("form[action$='/remove']"))
    member = site.member(owner.organization).new_browser_signed_in()
    page = member.get(LIST)
    assert "An owner or admin can take it over" in page.words
    assert page.page.select("main form[method=post]") == []


def test_long_lists_come_in_pages_and_every_app_is_on_one(any_site: Site) -> None:
    owner = any_site.owner().new_browser_signed_in()
    apps = [f"App {number}" for number in range(PAGE + 3)]
    connect_many(any_site, owner, apps)
    connect_many(any_site, any_site.owner(), ["Foreign"])
    first = owner.get(LIST)
    second = owner.get(older(first))
    assert names(first) + names(second) == apps[::-1]
    assert second.page.find("a", string="Older") is None
    newest = second.page.find("a", string="Newest")
    assert newest is not None
    assert names(owner.get(str(newest["href"]))) == names(first)


@pytest.mark.parametrize("words", ["STRIPO", "strip", " stripo ", "Developer of Stripo"])
def test_apps_are_found_by_their_names_and_developers(any_site: Site, words: str) -> None:
    owner = any_site.owner()
    any_site.partner_app(name="Stripo", organization="Developer of Stripo").connect(owner)
    connect_many(any_site, owner, ["Other 100%"])
    assert names(owner.get(f"{LIST}?words={words}")) == ["Stripo"]
    assert names(owner.get(f"{LIST}?words=%25")) == ["Other 100%"]
    assert len(names(owner.get(f"{LIST}?words={owner.email}"))) == 2
    assert "contains “nobody”" in owner.get(f"{LIST}?words=nobody").words


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 30, ""])
def test_a_place_in_the_list_that_is_none_is_its_beginning(site: Site, owner: Owner, before: str) -> None:
    site.partner_app(name="Stripo").connect(owner)
    assert names(owner.get(f"{LIST}?before={before}")) == ["Stripo"]


def test_the_way_to_disconnect_says_what_stops(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Stripo")
    tokens = app.connect(owner)
    link = owner.get(LIST).page.select_one("article.connection h2 a")
    assert link is not None
    assert "made no call" in owner.get(str(link["href"])).form("form[action$='/disconnect']").tag.get_text()
    for _ in range(2):
        app.call(tokens, "GET", "/api/v1/contacts")
    site.app.extensions["tally_writer"].write()
    words = owner.get(str(link["href"])).form("form[action$='/disconnect']").tag.get_text(" ")
    assert "Read contacts and segments: 2 calls" in words
    assert "Send messages" not in words
    assert "2 calls in the last 30 days" in owner.get(LIST).words
