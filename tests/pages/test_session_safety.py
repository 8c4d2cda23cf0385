"""Signing in and out, and coming back to this site only."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, LoginSession
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

HOME = "/settings/connected-apps"


def is_signed_in(owner: Owner) -> bool:
    return owner.browser.send("GET", HOME).status == 200


def test_signing_out_kills_a_copied_cookie_too(any_site: Site) -> None:
    owner = any_site.owner()
    owner.sign_in()
    thief = owner.new_browser()
    for name, value in owner.browser.cookies.items():
        thief.browser.set_cookie(name, value)
    assert is_signed_in(thief)
    owner.sign_out()
    assert not is_signed_in(thief)
    assert not is_signed_in(owner)


def test_signing_out_here_leaves_other_browsers_signed_in(owner: Owner) -> None:
    other = owner.new_browser()
    for browser in (owner, other):
        browser.sign_in()
    owner.sign_out()
    assert not is_signed_in(owner)
    assert is_signed_in(other)


def test_a_sign_in_starts_a_new_session(owner: Owner) -> None:
    """What was planted before the sign-in opens nothing afterwards (session fixation)."""
    owner.get("/login")
    planted = owner.browser.cookies
    owner.sign_in()
    thief = owner.new_browser()
    for name, value in planted.items():
        thief.browser.set_cookie(name, value)
    assert not is_signed_in(thief)


@pytest.mark.settings(session_ttl=3600)
def test_a_sign_in_ends_after_its_lifetime_on_the_server_too(owner: Owner, clock) -> None:  # type: ignore[no-untyped-def]
    owner.sign_in()
    clock.advance(seconds=3601)
    assert not is_signed_in(owner)


def test_a_cookie_that_was_tampered_with_is_nobodys(owner: Owner) -> None:
    owner.sign_in()
    (name, value), *_ = owner.browser.cookies.items()
    other = owner.new_browser()
    other.browser.set_cookie(name, value[:-3] + "abc")
    assert not is_signed_in(other)


def test_the_sign_in_does_not_tell_whether_an_account_exists(site: Site, owner: Owner) -> None:
    wrong = owner.new_browser().sign_in(password="a wrong password")
    owner.email = "nobody@example.org"
    unknown = owner.new_browser().sign_in(password="a wrong password")
    assert (wrong.status, unknown.status) == (400, 400)
    assert "email address or the password is wrong" in wrong.words
    assert "email address or the password is wrong" in unknown.words


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/", "///evil.example/", "/\\evil.example/", "\\\\evil.example/", "/\t/evil.example/",
        "\t//evil.example/", "https://evil.example/", "https:evil.example", "javascript:alert(1)", "/\n/evil.example",
        "/\r\nSet-Cookie: x=y", "evil.example", "/%5Cevil.example\\", " //evil.example", "/\x00/evil.example", "",
        "http:///evil.example", "/ /evil.example", "//evil.example\\@good", "/\\/evil.example",
    ],
)  # fmt: skip
def test_next_stays_on_this_site(owner: Owner, target: str) -> None:
    signing_in = owner.sign_in(next=target)
    assert (signing_in.status, signing_in.location) == (302, HOME)
    again = owner.browser.send("GET", "/login", params={"next": target})
    assert (again.status, again.location) == (302, HOME)
    out = owner.browser.send(
        "POST", "/logout", params={"next": target}, data={"csrf_token": owner.get(HOME).form("form").values("csrf_token")[0]}
    )
    assert (out.status, out.location) == (302, "/login")


@pytest.mark.parametrize("target", ["/settings/connected-apps?x=1", "/uaa/oauth/authorize?client_id=x&state=a%2F%2Fb"])
def test_next_leads_on_within_this_site(owner: Owner, target: str) -> None:
    assert owner.sign_in(next=target).location == target


# X-Forwarded-*


def address_of_sign_in(site: Site, **headers: str) -> str:
    owner = site.owner()
    form = owner.get("/login").form().fill(email=owner.email, password=owner.password)
    answer = owner.browser.send(
        "POST", "/login", data=form.fields, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    assert answer.status == 302
    with site.rules():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "signed_in")).one()
        session = db.session.scalars(select(LoginSession)).one()
        assert event.address == session.address
        return event.address


def test_a_forwarded_address_is_not_believed_by_default(site: Site) -> None:
    assert address_of_sign_in(site, X_Forwarded_For="203.0.113.7") == "127.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7:50123", "203.0.113.7"),
        (1, "[2001:db8::7]:50123", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
    ],
)
def test_so_many_proxies_as_are_set_are_believed(
    make_app: Callable[..., Flask], proxies: int, forwarded: str, believed: str
) -> None:
    site = Site(make_app(trusted_proxies=proxies))
    assert address_of_sign_in(site, X_Forwarded_For=forwarded) == believed


@pytest.mark.settings(rate_limit_login="2/15minute")
def test_nobody_escapes_the_sign_in_limit_by_a_forwarded_address(site: Site) -> None:
    visitor = site.visitor()
    statuses = []
    for number in range(25):
        page = visitor.send("GET", "/login")
        form = page.form().fill(email=f"person{number}@example.org", password="a wrong password")
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        statuses.append(visitor.send("POST", "/login", data=form.fields, headers=headers).status)
    assert statuses == [400] * 20 + [429] * 5


@pytest.mark.settings(base_url="https://uaa.example")
def test_a_forwarded_host_never_gets_into_an_address(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    """Also when a proxy is trusted: the public address is a setting, not what a request says."""
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Host": "evil.example"}
    document = site.get("/.well-known/oauth-authorization-server", headers=headers).json
    assert document["issuer"] == "https://uaa.example"
    assert "evil.example" not in str(document)
    refused = site.get("/api/v1/version", headers=headers)
    assert "evil.example" not in refused.headers["WWW-Authenticate"]
    signing_in = site.get(partner_app.authorize_link(), headers=headers)
    assert "evil.example" not in signing_in.location
    for method, path in (("POST", "/uaa//oauth/token"), ("GET", "/api/v1//version"), ("GET", "/settings//connected-apps")):
        doubled = site.send(method, path, headers=headers)
        assert (doubled.status, doubled.location) == (404, ""), "nobody is led on"
