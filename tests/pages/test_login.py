"""Signing in: without telling who has an account, back to this site only, slowed down for guessers, in a new session."""

import re

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError

from app.models import LoginSession
from app.services import users
from tests.support.owner import Owner
from tests.support.sites import Site

WRONG = "The email address or the password is wrong."
HOME = "/settings/connected-apps"


def test_signing_in_opens_the_pages(owner: Owner) -> None:
    assert owner.browser.send("GET", HOME).location.startswith("/login?next=")
    answer = owner.sign_in()
    assert (answer.status, answer.location) == (302, HOME)
    assert owner.email in owner.browser.send("GET", HOME).words


def test_the_address_may_be_written_in_any_case_and_with_spaces_around(owner: Owner) -> None:
    owner.email = f"  {owner.email.upper()} "
    assert owner.sign_in().status == 302


def test_a_wrong_password_and_an_unknown_account_read_the_same(site: Site, owner: Owner) -> None:
    wrong = owner.sign_in(password="not the password")
    stranger = Owner(site, email="nobody@example.org", password="x" * 12, organization="", organization_id=0)
    unknown = stranger.sign_in()
    for answer, email in ((wrong, owner.email), (unknown, stranger.email)):
        assert answer.status == 400
        assert WRONG in answer.words
        assert answer.form().values("email") == [email]
        assert "not the password" not in answer.text

    def anonymous(text: str) -> str:
        return re.sub(r'value="[^"]*"', "", text)

    assert anonymous(wrong.text) == anonymous(unknown.text)


def test_an_unknown_account_costs_the_work_of_a_wrong_password() -> None:
    with pytest.raises(VerifyMismatchError):
        users._hasher.verify(users._nobody, "any password")
    assert extract_parameters(users._nobody) == extract_parameters(users.hash_password("any password"))


@pytest.mark.parametrize("empty", ["email", "password"])
def test_an_incomplete_form_says_what_is_missing(owner: Owner, empty: str) -> None:
    form = owner.get("/login").form().fill(email=owner.email, password=owner.password).fill(**{empty: ""})
    answer = owner.submit(form)
    assert answer.status == 400
    assert f"Enter your {'email address' if empty == 'email' else 'password'}." in answer.words


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "\t//evil.example/",
        "/\n/evil.example",
        "/a\\b",
        " //evil.example",
        "/%0d%0aSet-Cookie:x\r\n",
        "http:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "@evil.example",
    ],
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_next_leads_only_to_this_site(owner: Owner, target: str, signed_in: bool) -> None:
    if signed_in:
        owner.sign_in()
        answer = owner.browser.send("GET", "/login", params={"next": target})
    else:
        answer = owner.sign_in(next=target)
    assert (answer.status, answer.location) == (302, HOME)


@pytest.mark.parametrize("target", ["/settings/connected-apps?x=1", "/uaa/oauth/authorize?a=//b&c=https%3A%2F%2Fd", "/"])
def test_next_keeps_what_leads_to_this_site(owner: Owner, target: str) -> None:
    assert owner.sign_in(next=target).location == target


def test_logging_out_leads_only_to_this_site_too(owner: Owner) -> None:
    owner.sign_in()
    assert owner.post("/logout?next=//evil.example/").location == "/login"


# Throttling


@pytest.mark.settings(rate_limit_login="3/15minute")
@pytest.mark.parametrize("exists", [True, False])
def test_an_account_is_slowed_down_after_repeated_failures_whether_it_exists_or_not(site: Site, exists: bool) -> None:
    owner = site.owner()
    victim = owner if exists else Owner(site, email="no@example.org", password="x" * 12, organization="", organization_id=0)
    answers = [victim.new_browser().sign_in(password="wrong password") for _ in range(5)]
    assert [answer.status for answer in answers] == [400, 400, 400, 429, 429]
    assert WRONG not in answers[-1].words
    assert victim.new_browser().sign_in().status == 429
    assert site.owner().sign_in().status == 302


@pytest.mark.settings(rate_limit_login="3/15minute")
def test_a_successful_sign_in_gives_the_account_its_tries_back(owner: Owner) -> None:
    for _ in range(3):
        assert [owner.new_browser().sign_in(password="wrong password").status for _ in range(2)] == [400, 400]
        assert owner.new_browser().sign_in().status == 302


@pytest.mark.settings(rate_limit_login="2/15minute")
def test_an_address_is_slowed_down_over_many_accounts(site: Site) -> None:
    people = [
        Owner(site, email=f"{number}@example.org", password="x" * 12, organization="", organization_id=0)
        for number in range(22)
    ]
    statuses = [person.sign_in().status for person in people]
    assert statuses == [400] * 20 + [429] * 2
    assert site.owner().sign_in().status == 429


# Sessions


def test_the_session_is_renewed_at_sign_in(site: Site, owner: Owner) -> None:
    """Session fixation: who planted the cookie is not signed in with it afterwards, and its content doesn't survive."""
    stranger = site.owner()
    page = stranger.browser.send("GET", "/login")
    planted = stranger.browser.cookies["session"]
    owner.browser.set_cookie("session", planted)
    owner._sign_in_on(owner.browser.send("GET", "/login"))
    assert owner.browser.cookies["session"] != planted
    token_before = page.form().values("csrf_token")
    assert owner.browser.send("GET", HOME).status == 200
    assert stranger.browser.send("GET", HOME).status == 302
    refused = owner.browser.send("POST", "/logout", data={"csrf_token": token_before[0]})
    assert refused.status == 400


def test_a_planted_signed_in_session_does_not_survive_either(site: Site, owner: Owner) -> None:
    attacker = site.owner()
    attacker.sign_in()
    owner.browser.set_cookie("session", attacker.browser.cookies["session"])
    owner.sign_out()
    owner.sign_in()
    assert owner.email in owner.get(HOME).words
    assert attacker.email not in owner.get(HOME).words


def test_signing_out_kills_a_copied_cookie(owner: Owner) -> None:
    owner.sign_in()
    copied = owner.browser.cookies["session"]
    thief = owner.new_browser()
    thief.browser.set_cookie("session", copied)
    assert thief.browser.send("GET", HOME).status == 200
    assert owner.sign_out().location == "/login"
    assert thief.browser.send("GET", HOME).status == 302
    thief.browser.set_cookie("session", copied)
    assert thief.browser.send("GET", HOME).status == 302


def test_signing_out_ends_only_this_browser(owner: Owner) -> None:
    other = owner.new_browser()
    owner.sign_in()
    other.sign_in()
    owner.sign_out()
    assert other.browser.send("GET", HOME).status == 200


def test_a_sign_in_ends_by_itself(owner: Owner, clock) -> None:  # type: ignore[no-untyped-def]
    owner.sign_in()
    clock.advance(seconds=1209600 + 1)
    assert owner.browser.send("GET", HOME).status == 302


@pytest.mark.parametrize("forged", ["", "x", "eyJfdXNlcl9pZCI6IjEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"])
def test_a_forged_cookie_opens_nothing(site: Site, forged: str) -> None:
    visitor = site.visitor()
    visitor.set_cookie("session", forged)
    assert visitor.send("GET", HOME).status == 302


def test_a_cookie_signed_with_the_right_key_but_without_a_session_opens_nothing(site: Site, owner: Owner) -> None:
    serializer = site.app.session_interface.get_signing_serializer(site.app)  # type: ignore[attr-defined]
    for identity in ("1", owner.email, "uaa_ls_" + "0" * 72):
        visitor = site.visitor()
        visitor.set_cookie("session", serializer.dumps({"_user_id": identity, "_fresh": True}))
        assert visitor.send("GET", HOME).status == 302


def test_the_cookie_is_kept_from_scripts_and_other_sites(owner: Owner) -> None:
    cookie = owner.sign_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


@pytest.mark.settings(base_url="https://uaa.example.com")
def test_on_https_the_cookie_belongs_to_this_host_and_to_https_alone(site: Site, owner: Owner) -> None:
    answer = owner.sign_in()
    assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def test_only_a_fingerprint_of_the_session_is_stored(site: Site, owner: Owner) -> None:
    owner.sign_in()
    with site.rules():
        from app.extensions import db

        stored = db.session.query(LoginSession).one()
        assert len(stored.fingerprint) == 32
