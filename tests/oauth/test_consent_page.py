"""The consent page: who asks, for whom, for what, in the words of scopes.py; and what the owner's choice does."""

import pytest

from app import scopes
from app.models import Role
from app.services import clients
from tests.support.owner import CONSENT, Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site, unique


def test_it_says_who_asks_for_whom_and_where_one_is_sent_back_to(site: Site, owner: Owner) -> None:
    app = site.partner_app(
        organization="Stripo Inc", name="Stripo <b>Editor</b>", callback_urls=["https://my.stripo.example/cb"]
    )
    page = owner.open_consent(app.authorize_link())
    assert page.status == 200
    for fact in ("Stripo <b>Editor</b>", "Stripo Inc", "my.stripo.example", owner.organization, owner.email):
        assert fact in page.words
    assert page.page.select_one("main b") is None


@pytest.mark.parametrize("asked", [*scopes.GRANTABLE, "write:events read:contacts"])
def test_it_says_what_each_right_allows_and_what_it_does_not(owner: Owner, partner_app: PartnerApp, asked: str) -> None:
    page = owner.open_consent(partner_app.authorize_link(scope=asked))
    opened = scopes.expand(asked)
    asks = " ".join(page.page.select_one(".asks").get_text(" ").split())  # type: ignore[union-attr]
    withheld = " ".join(page.page.select_one(".withheld").get_text(" ").split())  # type: ignore[union-attr]
    for scope in scopes.SCOPES:
        assert (scope.allows in asks) == (scope.name in opened)
        assert (scope.withholds in withheld) == (scope.name not in opened)
    for name in scopes.names_of(asked):
        assert scopes.GRANTABLE[name].title in asks
    assert scopes.GENERAL.allows in asks


def test_what_the_owner_unticks_is_not_granted(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEvents UseMessages read:contacts")
    tokens = app.connect(owner, scope=None, ticked=["UseEvents"])
    assert tokens.scope == "UseEvents"
    assert app.call(tokens, "GET", "/api/v1/contacts").status == 403


def test_the_owner_may_allow_only_parts_of_a_right(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner, ticked=["read:contacts", "write:events"])
    assert set(tokens.scope.split()) == {"read:contacts", "write:events"}
    assert partner_app.call(tokens, "GET", "/api/v1/contacts").status == 200
    refused = partner_app.call(
        tokens, "POST", "/api/v1/contact", json={"channels": [{"type": "email", "value": "a@b.example"}]}
    )
    assert (refused.status, refused.json["error"]) == (403, "insufficient_scope")


def test_nothing_ticked_is_asked_again(owner: Owner, partner_app: PartnerApp) -> None:
    page = owner.open_consent(partner_app.authorize_link())
    answer = owner.decide(page, scope=[])
    assert answer.status == 400
    assert "Allow at least one thing" in answer.words
    assert owner.decide(answer, scope=["UseRestApi"]).status == 302


@pytest.mark.parametrize("ticked", [["UseRestApi"], ["UseMessages"], ["send:messages"], ["nonsense"]])
def test_nobody_can_tick_more_than_was_asked_for(site: Site, owner: Owner, ticked: list[str]) -> None:
    app = site.partner_app(scope="UseEvents UseMessages")
    page = owner.open_consent(app.authorize_link(scope="UseEvents"))
    assert owner.decide(page, scope=ticked).status == 400
    assert app.connect(owner, scope="UseEvents", ticked=[*ticked, "UseEvents"]).scope == "UseEvents"


def test_an_approval_without_the_pages_token_is_refused(owner: Owner, partner_app: PartnerApp) -> None:
    owner.sign_in()
    link = partner_app.authorize_link()
    for token in (None, "", "forged"):
        fields = {"decision": "allow", "scope": "UseRestApi"} | ({} if token is None else {"csrf_token": token})
        answer = owner.browser.send("POST", link, data=fields)
        assert answer.status == 400
        assert not answer.location
    assert "No app is connected" in owner.get("/settings/connected-apps").words


@pytest.mark.parametrize("decision", [None, "", "maybe"])
def test_a_form_without_a_decision_approves_nothing(owner: Owner, partner_app: PartnerApp, decision: str | None) -> None:
    page = owner.open_consent(partner_app.authorize_link())
    form = page.form(CONSENT).fill(decision=decision)
    assert owner.submit(form).status == 400


def test_pressing_enter_refuses(owner: Owner, partner_app: PartnerApp) -> None:
    """A browser uses a form's first button then."""
    page = owner.open_consent(partner_app.authorize_link())
    first = page.page.select_one(f"{CONSENT} button:not([form])")
    assert first is not None
    assert first["value"] == "deny"


def test_a_person_with_several_organizations_chooses(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    second = unique("Second")
    site.join(owner, second, Role.ADMIN)
    third = unique("Third")
    site.join(owner, third, Role.MEMBER)
    page = owner.open_consent(partner_app.authorize_link())
    choices = {option.get_text(): str(option["value"]) for option in page.page.select("select[name=organization] option")}
    assert set(choices) == {owner.organization, second}
    code = owner.decide(page, organization=int(choices[second])).parameters["code"]
    tokens = partner_app.exchange(code)
    account = partner_app.call(tokens, "GET", "/api/v1/account/info").json
    assert account["orgId"] == int(choices[second])
    for browser in (owner, owner.new_browser_signed_in()):
        again = browser.get(partner_app.authorize_link(prompt="consent")).form(CONSENT)
        assert again.values("organization") == [choices[second]], "the last one is remembered"


def test_one_can_not_connect_a_foreign_organization(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    stranger = site.owner()
    page = owner.open_consent(partner_app.authorize_link())
    assert owner.decide(page, organization=stranger.organization_id).status == 400
    assert owner.decide(page, organization=999999).status == 400


def test_an_ordinary_member_can_not_connect_apps(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    member = site.member(owner.organization, role=Role.MEMBER)
    page = member.open_consent(partner_app.authorize_link())
    assert page.status == 403
    assert "Only owners and admins" in page.words
    assert page.page.select_one(CONSENT) is None
    answer = member.post(partner_app.authorize_link(), decision="allow", scope="UseRestApi")
    assert answer.status == 403
    back = member.submit(page.form("form.back"), button=("decision", "deny"))
    unasked = member.get(partner_app.authorize_link(prompt="none"))
    for answer in (back, unasked):
        assert (answer.status, answer.location.partition("?")[0]) == (302, partner_app.callback)
        assert answer.parameters["error"] == "access_denied"
        assert (answer.parameters["state"], answer.parameters["iss"]) == ("xyz", site.url)


def test_it_warns_of_apps_on_a_persons_own_device(site: Site, owner: Owner) -> None:
    public = site.partner_app(public=True)
    link = public.authorize_link(code_challenge="x" * 43, code_challenge_method="S256")
    assert "check that it is what it says" in owner.open_consent(link).words
    assert "check that it is what it says" not in owner.open_consent(site.partner_app().authorize_link()).words


def test_a_second_approval_says_what_is_new(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEvents UseMessages")
    app.connect(owner, scope="UseEvents")
    page = owner.get(app.authorize_link(scope="UseEvents UseMessages"))
    words = page.words
    assert "connected already" in words
    assert [badge.get_text() for badge in page.page.select(".badge")] == ["Already allowed", "New"]


@pytest.mark.parametrize("change", ["callback", "name", "scope"])
def test_an_app_that_changed_while_the_page_was_open_is_shown_again(site: Site, owner: Owner, change: str) -> None:
    """What the form does is what the page showed, above all where the code goes."""
    app = site.partner_app(scope="UseEvents")
    page = owner.open_consent(app.authorize_link(redirect_uri=None))
    with site.rules():
        client = clients.get(app.client_id)
        if change == "callback":
            client.callback_urls[0].url = "https://elsewhere.example/callback"
        elif change == "name":
            client.name = "Somebody else"
        else:
            client.scope = "UseEvents UseMessages"
    again = owner.decide(page)
    assert again.status == 400
    assert "has changed in the meantime" in again.words
    answer = owner.decide(again)
    assert answer.status == 302
    assert "code" in answer.parameters
