"""The security log: complete, searchable, exportable, and only for those who manage the organization."""

import json

import pytest

from app.models import Role
from app.pages.security_log import SENTENCES
from app.services.audit import AuditKind
from tests.support.owner import Owner
from tests.support.sites import Site


@pytest.fixture
def owner(any_site: Site) -> Owner:
    owner = any_site.owner()
    owner.sign_in()
    return owner


@pytest.mark.parametrize("kind", AuditKind)
def test_every_kind_of_event_has_a_sentence(kind: AuditKind) -> None:
    assert SENTENCES[kind]


def test_what_happens_is_listed_with_who_when_and_where(any_site: Site, owner: Owner) -> None:
    app = any_site.partner_app(name="Stripo")
    app.connect(owner)
    owner.disconnect("Stripo")
    words = owner.get("/settings/security").words
    expected = ("Signed in", "Access allowed Stripo", "Access ended Stripo", "by hand", owner.email, "127.0.0.1")
    for sentence in expected:
        assert sentence in words


def test_failed_sign_ins_to_an_account_are_seen_by_its_organization_only(any_site: Site, owner: Owner) -> None:
    owner.new_browser().sign_in(password="not the password")
    assert "Failed to sign in" in owner.get("/settings/security?kind=sign_in_failed").page.select_one("table").get_text()  # type: ignore[union-attr]
    stranger = any_site.owner()
    stranger.sign_in()
    page = stranger.get("/settings/security?kind=sign_in_failed")
    assert "Nothing fits" in page.words
    assert owner.email not in stranger.get("/settings/security").words


def test_the_log_is_filtered_by_kind_words_and_day(any_site: Site, owner: Owner) -> None:
    any_site.partner_app(name="Stripo").connect(owner)
    rows = lambda query: len(owner.get(f"/settings/security?{query}").page.select("tbody tr"))  # noqa: E731
    assert rows("kind=connection_approved") == 1
    assert rows("words=stripo") == 1
    assert rows("words=%25") == 0
    assert rows("since=2999-01-01") == 0
    assert rows("until=2000-01-01") == 0
    assert rows("kind=nonsense&since=nonsense&before=nonsense") > 1


def test_older_events_are_a_page_away(any_site: Site, owner: Owner) -> None:
    for _ in range(60):
        owner.new_browser().sign_in()
    first = owner.get("/settings/security?kind=signed_in")
    assert len(first.page.select("tbody tr")) == 50
    older = first.page.find("a", string="Older")
    assert older is not None
    second = owner.get(str(older["href"]))  # type: ignore[index]
    assert len(second.page.select("tbody tr")) == 11
    assert second.page.find("a", string="Older") is None


def test_the_export_has_what_the_filter_finds(any_site: Site, owner: Owner) -> None:
    any_site.partner_app(name="Stripo").connect(owner)
    answer = owner.get("/settings/security.json?kind=connection_approved")
    (event,) = json.loads(answer.text)
    assert (event["kind"], event["actor"], event["subject"]) == ("connection_approved", owner.email, "Stripo")
    assert event["detail"]["scope"] == "UseRestApi"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(owner.get("/settings/security.json?since=2999-01-01").text) == []


def test_members_without_the_role_may_not_see_it(any_site: Site, owner: Owner) -> None:
    member = any_site.member(owner.organization, role=Role.MEMBER)
    member.sign_in()
    for address in ("/settings/security", "/settings/security.json"):
        answer = member.get(address)
        assert answer.status == 403
        assert "Only owners and admins" in answer.words
