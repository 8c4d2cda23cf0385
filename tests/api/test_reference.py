"""The API reference and its guides: what they show is what the server declares, and "Try it" signs in like any app."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.api.endpoint import ENDPOINTS
from app.api.groups import GROUPS
from app.api.reference.guides import GUIDES, REASONS
from app.models.connection import EndReason
from app.services import clients, reference_client
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Proof
from tests.support.sites import Site

ADDRESSES = ["/docs", *(f"/docs/guides/{guide.name}" for guide in GUIDES)]


def test_sections_stand_in_the_documents_order_with_every_method(site: Site) -> None:
    page = site.get("/docs").page
    titles = [heading.get_text() for heading in page.select("section.group h2")]
    assert titles == [f"{group.number}. {group.title}" for group in GROUPS]
    assert {str(article["id"]) for article in page.select("article.method")} == {endpoint.name for endpoint in ENDPOINTS}
    for endpoint in ENDPOINTS:
        article = page.select_one(f"article#{endpoint.name}")
        assert article is not None
        words = article.get_text(" ", strip=True)
        assert endpoint.summary.replace("`", "") in article.select("h3")[0].get_text()
        assert (endpoint.scope or "") in words
        curl = article.select_one("code[id$='-curl']")
        assert curl is not None
        assert curl.get_text().startswith("curl ")
        assert f"{site.url}/api/v" in curl.get_text()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_needs_nothing_from_elsewhere_and_no_inline_code(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status == 200
    assert "script-src 'self'; connect-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = answer.page
    assert not page.select("style, script:not([src]), [style]")
    for tag in page.select("[src], link[href]"):
        assert str(tag.get("src") or tag.get("href")).startswith("/static/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_links_within_the_documentation_lead_somewhere(site: Site, address: str) -> None:
    answer = site.get(address)
    ids = {str(tag["id"]) for tag in answer.page.select("[id]")}
    for link in answer.page.select("main a[href]"):
        target = str(link["href"])
        if target.startswith("#"):
            assert target[1:] in ids
        else:
            assert site.get(target).status in (200, 302), target


def test_every_page_leads_to_the_documentation(owner: Owner) -> None:
    assert owner.get("/login").page.select_one("footer a[href='/docs']") is not None
    owner.sign_in()
    page = owner.get("/settings/account").page
    assert page.select_one("header .menu a[href='/docs']") is not None
    assert page.select_one("footer a[href='/docs']") is not None


def test_there_is_no_other_guide(site: Site) -> None:
    assert site.get("/docs/guides/nothing").status == 404


@pytest.mark.settings(code_ttl=120, access_token_ttl=7200, refresh_grace=0, rate_limit_general="7/hour")
def test_figures_are_the_servers_own(site: Site) -> None:
    quick_start = site.get("/docs/guides/quick-start").words
    assert "for 2 minutes" in quick_start
    assert "access token for 2 hours" in quick_start
    assert "7 per hour" in site.get("/docs/guides/rate-limits").words
    assert "counts once and without a grace period" in site.get("/docs/guides/refreshing").words


def test_every_reason_is_explained(site: Site) -> None:
    assert {reason for reason, _, _ in REASONS} == set(EndReason)
    words = site.get("/docs/guides/disconnect-reasons").words
    assert all(reason.value in words for reason in EndReason)


def test_examples_in_guides_are_what_the_server_answers(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    shown = site.get("/docs/guides/errors").page.select_one("#shape")
    assert shown is not None
    answer = site.get("/api/v1/version", headers={"Authorization": "Bearer nonsense"})
    assert Answer(0, {}, shown.get_text(), "").json == answer.json
    tokens = partner_app.connect(owner)
    owner.disconnect("Partner")
    shown = site.get("/docs/guides/disconnect-reasons").page.select_one("#answer")
    assert shown is not None
    assert Answer(0, {}, shown.get_text(), "").json == partner_app.refresh(tokens).answer.json


# Try it


def sign_in(owner: Owner, proof: Proof, **fields: Any) -> Answer:
    fields = {"state": "st", "code_challenge": proof.challenge} | fields
    return owner.post("/docs/sign-in", token_from="/docs", **fields)


@pytest.fixture
def reference_app(site: Site) -> PartnerApp:
    return PartnerApp(site, client_id=reference_client.CLIENT_ID, secret=None, callback_urls=(f"{site.url}/docs",))


def connect(owner: Owner, app: PartnerApp) -> Any:
    proof = Proof.new()
    back = owner.approve(sign_in(owner, proof).location)
    assert back.location.startswith(f"{app.site.url}/docs?code=")
    assert (back.parameters["state"], back.parameters["iss"]) == ("st", app.site.url)
    return app.exchange(back.parameters["code"], code_verifier=proof.verifier)


def test_signing_in_leads_through_the_code_flow_to_a_token(owner: Owner, reference_app: PartnerApp) -> None:
    tokens = connect(owner, reference_app)
    assert tokens.scope == "UseRestApi"
    assert tokens.answer.json["expires_in"] == reference_client.LIFETIME
    assert reference_app.version(tokens).status == 200
    assert connect(owner, reference_app).status == 200, "the app is made once"


def test_the_owner_sees_and_disconnects_it_like_any_app(owner: Owner, reference_app: PartnerApp) -> None:
    tokens = connect(owner, reference_app)
    page = owner.get("/settings/connected-apps")
    assert reference_client.NAME in page.words
    assert f"by {urlsplit(reference_app.site.url).netloc}" in page.words
    owner.disconnect(reference_client.NAME)
    assert reference_app.version(tokens).status == 401


def test_the_form_says_who_asks(owner: Owner, reference_app: PartnerApp) -> None:
    page = owner.open_consent(sign_in(owner, Proof.new()).location)
    assert f"{reference_client.NAME} asks for access" in page.words
    assert f"Made by {urlsplit(reference_app.site.url).netloc}" in page.words


def test_nobody_is_sent_there_without_a_proof_or_a_token_of_the_page(owner: Owner) -> None:
    owner.sign_in()
    assert sign_in(owner, Proof.new(), state="").status == 400
    assert owner.browser.send("POST", "/docs/sign-in", data={"state": "x", "code_challenge": "y"}).status == 400


def test_the_callback_is_the_page_and_nothing_else(site: Site, owner: Owner, reference_app: PartnerApp) -> None:
    sign_in(owner, Proof.new())
    link = reference_app.authorize_link(redirect_uri=f"{site.url}/login", **Proof.new().parameters)
    assert owner.get(link).status == 400


def test_the_operator_can_switch_it_off(site: Site, owner: Owner, reference_app: PartnerApp) -> None:
    tokens = connect(owner, reference_app)
    with site.rules():
        clients.suspend(clients.get(reference_client.CLIENT_ID))
    answer = sign_in(owner, Proof.new())
    assert answer.status == 403
    assert "have switched this off" in answer.words
    assert reference_app.version(tokens).status == 401


def test_the_callback_follows_the_public_address(site: Site, owner: Owner) -> None:
    with site.rules():
        reference_client.ensure("https://old.example")
    link = parse_qs(urlsplit(sign_in(owner, Proof.new()).location).query)
    assert link["redirect_uri"] == [f"{site.url}/docs"]


def test_the_script_keeps_credentials_in_the_tab_alone(site: Site) -> None:
    script = site.get("/static/js/reference.js").text
    assert "localStorage" not in script
    assert "document.cookie" not in script
    assert not re.findall(r"https?://[a-z]", script)
