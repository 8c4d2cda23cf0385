"""Pages and their forms, within a strict Content-Security-Policy, and errors that are pages too."""

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site


def policy(headers: object) -> dict[str, list[str]]:
    directives = str(headers["Content-Security-Policy"]).split(";")  # type: ignore[index]
    return {words[0]: words[1:] for words in (directive.split() for directive in directives)}


def test_pages_come_with_a_strict_policy(owner: Owner, site: Site) -> None:
    owner.sign_in()
    for address in ("/settings/connected-apps", "/nothing-here", "/uaa/oauth/authorize"):
        headers = owner.get(address).headers
        rules = policy(headers)
        assert rules["default-src"] == ["'none'"]
        assert rules["frame-ancestors"] == ["'none'"]
        assert rules["base-uri"] == ["'none'"]
        assert rules["form-action"] == ["'self'"]
        assert rules.get("script-src") == (["'self'"] if address.startswith("/settings/") else None)
        assert not [word for words in rules.values() for word in words if word.startswith("'unsafe")]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("callback", "sources"),
    [
        ("https://partner.example/cb", ["'self'", "https:"]),
        ("http://127.0.0.1:8081/cb", ["'self'", "https:", "http:"]),
        ("com.example.app:/cb", ["'self'", "https:", "com.example.app:"]),
    ],
)
def test_the_consent_and_sign_in_forms_may_end_at_the_callback(
    site: Site, owner: Owner, callback: str, sources: list[str]
) -> None:
    """Browsers apply form-action to the redirects after a form too, and a sign-in may be answered by one at once."""
    app = site.partner_app(callback_urls=[callback], public=callback.startswith("com."))
    link = app.authorize_link(code_challenge="x" * 43, code_challenge_method="S256")
    login = owner.get(link)
    assert policy(login.headers)["form-action"] == sources
    assert policy(owner.open_consent(link).headers)["form-action"] == sources


def test_the_policy_is_not_widened_for_apps_that_nobody_asked_for(site: Site, partner_app: PartnerApp) -> None:
    answer = site.get("/login", params={"next": f"/settings/connected-apps?client_id={partner_app.client_id}"})
    assert policy(answer.headers)["form-action"] == ["'self'"]


def test_programs_get_no_cookie_and_a_browsers_cookie_opens_no_method(owner: Owner) -> None:
    owner.sign_in()
    answer = owner.browser.send("GET", "/api/v1/version")
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("method", "address", "status"), [("GET", "/nothing-here", 404), ("PUT", "/login", 405)])
def test_errors_are_pages_that_name_the_request(site: Site, method: str, address: str, status: int) -> None:
    answer = site.send(method, address)
    assert answer.status == status
    assert answer.page.select_one("h1") is not None
    assert answer.headers["X-Request-Id"] in answer.words
