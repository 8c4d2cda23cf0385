"""What every page and answer carries against attackers: headers, cookies, CSRF tokens, and errors without internals."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

PAGES = ["/login", "/settings/connected-apps", "/no/such/page", "/uaa/oauth/authorize?client_id=nobody"]
ANSWERS = [
    "/api/v1/version", "/api/v9/nothing", "/healthz", "/readyz", "/.well-known/oauth-authorization-server",
    "/uaa/oauth/token", "/static/css/uaa.css",
]  # fmt: skip
INTERNALS = re.compile(r"Traceback|werkzeug|sqlalchemy|/site-packages/|File \"|psycopg|sqlite3", re.IGNORECASE)


@pytest.fixture
def https(make_app: Callable[..., Flask]) -> Site:
    return Site(make_app(base_url="https://uaa.example"))


def policy(answer: Answer) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts}


def signed_in(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


@pytest.mark.parametrize("address", PAGES)
def test_every_page_forbids_framing_foreign_content_and_inline_code(site: Site, address: str) -> None:
    for browser in (site.visitor(), signed_in(site).browser):
        answer = browser.send("GET", address)
        assert answer.headers["Content-Type"].startswith("text/html")
        directives = policy(answer)
        assert directives["default-src"] == "'none'"
        assert directives["frame-ancestors"] == "'none'"
        assert directives["base-uri"] == "'none'"
        assert "form-action" in directives
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(answer.headers["Content-Security-Policy"].split())
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_inline_code_or_style_or_foreign_content(site: Site, address: str) -> None:
    page = signed_in(site).get(address).page
    assert not page.select("style, script:not([src]), [style]")
    assert not [tag for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    for tag in page.select("[src], link[href]"):
        assert str(tag.get("src") or tag.get("href")).startswith(("/static/", "data:"))


@pytest.mark.parametrize("address", [*PAGES, *ANSWERS])
def test_every_answer_has_an_id_and_is_not_sniffed(site: Site, address: str) -> None:
    answer = site.get(address)
    assert re.fullmatch(r"[0-9a-f]{24}", answer.headers["X-Request-Id"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in answer.headers, "not over plain http"


@pytest.mark.parametrize("address", [*PAGES, *ANSWERS])
def test_over_https_every_answer_insists_on_it(https: Site, address: str) -> None:
    assert https.get(address).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_way_back_to_an_app_carries_no_referrer_and_is_kept_by_nobody(owner: Owner, partner_app: PartnerApp) -> None:
    page = owner.open_consent(partner_app.authorize_link())
    back = owner.decide(page)
    for answer in (page, back):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]


def test_whatever_holds_a_secret_is_kept_by_nobody(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    tokens = partner_app.connect(owner)
    auth = (partner_app.client_id, partner_app.secret or "")
    for answer in (
        tokens.answer,
        partner_app.refresh(tokens).answer,
        partner_app.refresh("nonsense").answer,
        site.post("/uaa/oauth/introspect", data={"token": tokens.access_token}, auth=auth),
        site.post("/uaa/oauth/revoke", data={"token": tokens.access_token}, auth=auth),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    cookie = site.visitor().send("GET", "/login").headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain=" not in cookie


def test_over_https_the_cookies_are_tied_to_this_host(https: Site) -> None:
    browser = https.visitor()
    page = browser.send("GET", "/login")
    choice = page.form("footer form").fill(language="uk")
    chosen = browser.send("POST", choice.action, data=choice.fields)
    for answer, name in ((page, "session"), (chosen, "language")):
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"__Host-{name}=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain=" not in cookie
    assert browser.send("GET", "/login").headers["Content-Language"] == "uk"


def test_over_https_people_can_sign_in_and_approve(https: Site) -> None:
    app = https.partner_app()
    tokens = app.connect(https.owner())
    assert app.version(tokens).status == 200


def test_what_programs_call_sets_no_cookie_and_reads_none(site: Site, owner: Owner) -> None:
    owner.sign_in()
    for address in ANSWERS:
        assert "Set-Cookie" not in owner.browser.send("GET", address).headers
    assert owner.browser.send("GET", "/api/v1/version").status == 401, "a browser's cookie opens no method"


def test_every_form_of_every_page_carries_a_token_and_is_refused_without(site: Site, owner: Owner) -> None:
    app = site.partner_app()
    consent = owner.open_consent(app.authorize_link())
    app.connect(owner)
    seen = set()
    for page in (site.visitor().send("GET", "/login"), consent, owner.get("/settings/connected-apps")):
        for tag in page.page.select("form[method=post]"):
            assert tag.select_one("input[name=csrf_token]") is not None, f"{tag.get('action')} on {page.address}"
            action = str(tag.get("action") or page.address)
            answer = owner.browser.send("POST", action, data={"decision": "allow", "email": "x", "password": "y"})
            assert answer.status == 400, action
            seen.add(action.partition("?")[0])
    assert {"/login", "/logout", "/uaa/oauth/authorize"} <= seen


def test_another_sessions_token_is_refused(site: Site, owner: Owner) -> None:
    app = site.partner_app()
    theirs = site.owner().open_consent(app.authorize_link()).form("form.consent").values("csrf_token")
    page = owner.open_consent(app.authorize_link())
    form = page.form("form.consent").fill(csrf_token=theirs[0])
    assert owner.submit(form, button=("decision", "allow")).status == 400


@pytest.mark.parametrize("address", ["/login", "/uaa/oauth/token", "/api/v1/contact"])
def test_large_bodies_are_refused(site: Site, owner: Owner, address: str) -> None:
    headers = {"Authorization": f"Bearer {site.api_key(owner.organization)}", "Content-Type": "application/json"}
    if not address.startswith("/api"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = site.post(address, data=b"x" * (17 * 1024 * 1024), headers=headers)
    assert answer.status == 413
    assert not INTERNALS.search(answer.text)


def test_a_mistake_in_the_server_shows_nothing_of_its_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password of the database is hunter2")

    monkeypatch.setattr("app.services.callers.find", broken)
    monkeypatch.setattr("app.services.token_clients.look_up", broken)
    monkeypatch.setattr("app.services.clients.find", broken)
    for answer, shape in (
        (site.get("/api/v1/version", headers={"Authorization": "Bearer x"}), "json"),
        (site.post("/uaa/oauth/token", data={"grant_type": "refresh_token", "client_id": "x"}), "json"),
        (site.get("/uaa/oauth/authorize?client_id=x"), "html"),
    ):
        assert answer.status == 500
        assert shape in answer.headers["Content-Type"]
        assert "hunter2" not in answer.text
        assert not INTERNALS.search(answer.text)
        assert "X-Request-Id" in answer.headers


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/version/x", "/uaa/oauth/token", "/.well-known/nothing"])
def test_what_programs_call_never_answers_in_html(site: Site, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"):
        answer = site.send(method, path)
        assert answer.headers["Content-Type"] == "application/json", (method, answer.status)
        assert "error" in answer.json
