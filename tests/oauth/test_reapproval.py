"""Approving again: when no page is shown, what the page marks, and what becomes of older tokens."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Connection, Role
from app.services import clients
from tests.support.answers import Answer
from tests.support.owner import CONSENT, Owner
from tests.support.partner_app import PartnerApp, Proof
from tests.support.sites import Site

EVERYTHING = "UseEvents UseEventsAndContacts UseMessages"


def is_asked(answer: Answer) -> bool:
    """Whether ``answer`` is the consent page; otherwise it must be the way back with a code."""
    if answer.page.select_one(CONSENT):
        return True
    assert "code" in answer.parameters, answer.location
    return False


def ask(owner: Owner, app: PartnerApp, scope: str | None, **parameters: str | None) -> Answer:
    return owner.open_consent(app.authorize_link(scope=scope, **parameters))


def live_connections(site: Site) -> int:
    with site.rules():
        return db.session.scalar(select(func.count()).where(Connection.ended_at.is_(None))) or 0


@pytest.mark.parametrize(
    ("held", "asked", "page"),
    [
        ("UseRestApi", "UseRestApi", False),
        ("UseRestApi", "UseEvents", False),
        ("UseRestApi", "write:contacts read:contacts", False),
        ("UseRestApi", None, False),
        ("UseEvents", "write:events", False),
        ("write:events", "UseEvents", False),
        ("UseEvents", "UseEvents UseMessages", True),
        ("UseEvents", "UseMessages", True),
        ("UseEventsAndContacts", "UseRestApi", True),
    ],
)
def test_the_page_is_shown_only_for_more_than_is_held(
    owner: Owner, partner_app: PartnerApp, held: str, asked: str | None, page: bool
) -> None:
    partner_app.connect(owner, scope=held)
    assert is_asked(ask(owner, partner_app, asked)) is page


def test_without_a_page_the_tokens_open_what_was_asked_for_now(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner, scope="UseRestApi")
    answer = ask(owner, partner_app, "UseEvents")
    assert set(answer.parameters) == {"code", "state", "iss"}
    assert partner_app.exchange(answer.parameters["code"]).scope == "UseEvents"


def test_an_app_can_have_the_page_shown(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    assert is_asked(ask(owner, partner_app, None, prompt="consent"))
    assert not is_asked(ask(owner, partner_app, None))


def test_another_person_of_the_organization_is_asked(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    colleague = site.member(owner.organization, role=Role.ADMIN)
    assert is_asked(ask(colleague, partner_app, None))


def test_another_organization_of_the_person_is_asked(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    other = site.owner()
    site.join(owner, other.organization, Role.ADMIN)
    owner.decide(ask(owner, partner_app, None, prompt="consent"), organization=owner.organization_id)
    assert not is_asked(ask(owner, partner_app, None))
    page = ask(owner, partner_app, None, prompt="consent")
    owner.decide(page, organization=other.organization_id)
    with site.rules():
        assert {one.organization_id for one in db.session.scalars(select(Connection))} == {
            owner.organization_id,
            other.organization_id,
        }


def test_with_several_organizations_a_new_session_is_asked_for_which(
    site: Site, owner: Owner, partner_app: PartnerApp
) -> None:
    site.join(owner, site.owner().organization, Role.ADMIN)
    partner_app.code_from(owner)
    assert is_asked(ask(owner.new_browser(), partner_app, None))


def test_an_app_that_was_disconnected_is_asked_for_again(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    owner.disconnect("Partner")
    assert is_asked(ask(owner, partner_app, None))


@pytest.mark.parametrize(
    ("callback", "page"),
    [
        ("http://127.0.0.1/callback", True),
        ("http://[::1]/callback", True),
        ("http://localhost/callback", True),
        ("com.example.app:/callback", True),
        ("https://app.example/callback", False),
    ],
)
def test_a_public_client_that_anyone_could_claim_to_be_is_always_asked_for(
    site: Site, owner: Owner, callback: str, page: bool
) -> None:
    app = site.partner_app(public=True, callback_urls=[callback])
    app.connect(owner)
    assert is_asked(ask(owner, app, None, **Proof.new().parameters)) is page


def test_a_confidential_client_on_a_loopback_callback_is_not_asked_for_again(site: Site, owner: Owner) -> None:
    app = site.partner_app(callback_urls=["http://127.0.0.1/callback"])
    app.connect(owner)
    assert not is_asked(ask(owner, app, None))


def test_prompt_none_never_skips_the_page_for_a_client_on_a_device(site: Site, owner: Owner) -> None:
    app = site.partner_app(public=True, callback_urls=["http://127.0.0.1/callback"])
    app.connect(owner)
    assert ask(owner, app, None, prompt="none", **Proof.new().parameters).parameters["error"] == "consent_required"


# What the page marks


def marks(page: Answer) -> dict[str, str]:
    """Of each thing asked for, in the page's order: its title and its badge."""
    found = {}
    for item in page.page.select(".ask"):
        label = item.select_one("label")
        assert label is not None
        title, badge = label.select_one("strong"), label.select_one(".badge")
        assert title is not None
        found[title.get_text(strip=True)] = badge.get_text(strip=True) if badge else ""
    return found


def test_the_first_page_marks_nothing(owner: Owner, partner_app: PartnerApp) -> None:
    assert set(marks(ask(owner, partner_app, EVERYTHING)).values()) == {""}


def test_the_page_marks_exactly_what_is_new(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner, scope="UseEvents")
    assert marks(ask(owner, partner_app, "UseEvents UseMessages")) == {
        "Access to events": "Already allowed",
        "Access to messages": "New",
    }


def test_of_a_right_that_is_partly_held_the_parts_are_marked(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner, scope="write:events")
    page = ask(owner, partner_app, "UseEventsAndContacts")
    parts = {
        str(part.select_one("input")["value"]): part.select_one(".badge").get_text(strip=True)  # type: ignore[index,union-attr]
        for part in page.page.select(".part")
    }
    assert parts == {"write:contacts": "New", "read:activity": "New", "write:events": "Already allowed"}


def test_what_is_held_and_not_asked_for_is_kept_and_the_page_does_not_deny_it(owner: Owner, partner_app: PartnerApp) -> None:
    before = partner_app.connect(owner, scope="UseEvents")
    page = ask(owner, partner_app, "UseMessages")
    assert "Record or delete events" not in page.words, "the app keeps it, so the page must not say that it can't"
    assert "keeps" in page.words
    after = partner_app.exchange(owner.decide(page).parameters["code"])
    assert after.scope == "UseMessages"
    assert partner_app.refresh(before).scope == "UseEvents"
    assert not is_asked(ask(owner, partner_app, "UseEvents UseMessages"))


# What was declined


def test_what_was_declined_is_not_asked_for_again_in_the_same_session(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner, scope="UseEvents UseMessages", ticked=["UseEvents"])
    answer = ask(owner, partner_app, "UseEvents UseMessages")
    assert not is_asked(answer)
    assert partner_app.exchange(answer.parameters["code"]).scope == "write:events"
    assert is_asked(ask(owner, partner_app, "UseEvents UseMessages", prompt="consent"))
    assert is_asked(ask(owner.new_browser(), partner_app, "UseEvents UseMessages"))


def test_a_declined_thing_is_not_ticked_when_the_page_comes_for_another(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner, scope="UseEvents UseMessages", ticked=["UseEvents"])
    page = ask(owner, partner_app, "UseEvents UseMessages read:contacts")
    assert sorted(page.form(CONSENT).values("scope")) == ["UseEvents", "read:contacts"]


def test_declining_for_one_app_says_nothing_about_another(site: Site, owner: Owner) -> None:
    one, other = site.partner_app(), site.partner_app()
    one.connect(owner, scope="UseEvents UseMessages", ticked=["UseEvents"])
    other.connect(owner, scope="UseEvents")
    assert is_asked(ask(owner, other, "UseEvents UseMessages"))


def test_what_was_declined_and_allowed_later_counts_as_allowed(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner, scope="UseEvents UseMessages", ticked=["UseEvents"])
    tokens = partner_app.connect(owner, scope="UseEvents UseMessages", prompt="consent", ticked=["UseEvents", "UseMessages"])
    assert tokens.scope == "UseEvents UseMessages"
    assert partner_app.exchange(ask(owner, partner_app, "UseMessages").parameters["code"]).scope == "UseMessages"


def test_refusing_altogether_leaves_what_is_held(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner, scope="UseEvents")
    page = ask(owner, partner_app, "UseEvents UseMessages")
    assert owner.decide(page, "deny").parameters["error"] == "access_denied"
    assert partner_app.refresh(tokens).scope == "UseEvents"


# One connection, and no older, wider tokens


def test_approving_again_keeps_one_connection(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    app.connect(owner, scope="UseEvents")
    app.connect(owner, scope="UseRestApi")
    app.connect(owner, scope="UseRestApi", prompt="consent")
    assert live_connections(any_site) == 1


def test_narrowing_an_approval_narrows_the_older_tokens_too(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    wide = app.connect(owner, scope="UseRestApi")
    assert app.call(wide, "GET", "/api/v1/contacts").status == 200
    narrow = app.connect(owner, scope="UseRestApi", prompt="consent", ticked=["write:events"])
    assert narrow.scope == "write:events"
    for tokens in (wide, narrow):
        answer = app.call(tokens, "GET", "/api/v1/contacts")
        assert (answer.status, answer.json["error"]) == (403, "insufficient_scope")
    assert app.refresh(wide).scope == "write:events"


def test_no_token_is_issued_for_nothing(any_site: Site) -> None:
    """RFC 6749 section 3.3: a scope has a name in it at least. What is left to the family can still be had."""
    owner, app = any_site.owner(), any_site.partner_app()
    events = app.connect(owner, scope="write:events")
    both = app.connect(owner, scope="write:events read:contacts")
    unused = app.code_from(owner, scope="write:events")
    app.connect(owner, scope="write:events read:contacts", prompt="consent", ticked=["read:contacts"])
    for refused in (app.refresh(events), app.exchange(unused)):
        assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", "owner_disconnected")
    refused = app.refresh(both, scope="write:events")
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_scope", None)
    assert app.refresh(both).scope == "read:contacts"
    app.connect(owner, scope="write:events", prompt="consent", ticked=["write:events"])
    assert app.refresh(events).scope == "write:events"


def test_a_pair_that_is_handed_out_again_says_what_it_opens_now(owner: Owner, partner_app: PartnerApp) -> None:
    first = partner_app.connect(owner, scope="UseRestApi")
    second = partner_app.refresh(first)
    partner_app.code_from(owner, scope="UseRestApi", prompt="consent", ticked=["write:events"])
    again = partner_app.refresh(first)
    assert (again.pair, again.scope) == (second.pair, "write:events")


def test_a_wider_approval_does_not_widen_older_tokens(owner: Owner, partner_app: PartnerApp) -> None:
    narrow = partner_app.connect(owner, scope="UseEvents")
    partner_app.connect(owner, scope="UseRestApi")
    assert partner_app.call(narrow, "GET", "/api/v1/contacts").status == 403
    assert partner_app.refresh(narrow).scope == "UseEvents"


def test_a_code_issued_before_a_narrowing_gives_no_more_than_is_left(owner: Owner, partner_app: PartnerApp) -> None:
    code = partner_app.code_from(owner, scope="UseRestApi")
    partner_app.code_from(owner, scope="UseRestApi", prompt="consent", ticked=["write:events"])
    tokens = partner_app.exchange(code)
    assert partner_app.call(tokens, "GET", "/api/v1/contacts").status == 403
    assert tokens.scope == "write:events"


def test_widening_what_an_app_registered_changes_no_tokens(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEvents")
    tokens = app.connect(owner)
    with site.rules():
        clients.get(app.client_id).scope = "UseRestApi"
    assert app.call(tokens, "GET", "/api/v1/contacts").status == 403
    assert app.refresh(tokens).scope == "UseEvents"
    assert is_asked(ask(owner, app, None))


@pytest.mark.parametrize("again", [False, True], ids=["first approval", "second approval"])
def test_a_form_that_is_sent_several_times_at_once_opens_one_connection(any_live_site: Site, again: bool) -> None:
    owner, app = any_live_site.owner(), any_live_site.partner_app()
    if again:
        app.connect(owner, scope="UseEvents")
    page = ask(owner, app, "UseRestApi")
    cookies = owner.browser.cookies

    def allow(_: int) -> Answer:
        browser = owner.new_browser()
        for name, value in cookies.items():
            browser.browser.set_cookie(name, value)
        return browser.decide(page)

    with ThreadPoolExecutor(8) as at_once:
        answers = list(at_once.map(allow, range(8)))
    assert [answer.status for answer in answers] == [302] * 8, [answer.words for answer in answers if answer.status != 302]
    assert all("code" in answer.parameters for answer in answers)
    with any_live_site.rules():
        count = select(func.count()).where(
            Connection.organization_id == owner.organization_id, Connection.ended_at.is_(None)
        )
        assert db.session.scalar(count) == 1
