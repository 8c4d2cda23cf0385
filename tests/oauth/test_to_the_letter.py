"""Small print of the specifications that no other test is about."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import Invalid
from app.services import callbacks
from app.settings import ROOT
from tests.support.document_host import DocumentHost
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Proof
from tests.support.sites import Site

PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 section 5.2, RFC 6750 section 3
CHALLENGE = re.compile(r'([a-z_]+)="([^"\\]*)"')


# Callbacks that may be registered (RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8.4, RFC 9700 section 2.6)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/callback",
        "https://app.example:8443/callback?tenant=1",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:3000/callback",
        "http://[::1]:3000/callback",
        "http://localhost:3000/callback",
    ],
)
@pytest.mark.parametrize("public", [True, False])
def test_a_callback_on_the_web_or_on_this_computer_may_be_registered(url: str, public: bool) -> None:
    assert callbacks.check(url, public=public) == url


def test_a_private_use_scheme_with_a_period_is_for_public_clients(site: Site) -> None:
    assert callbacks.check("com.example.app:/callback", public=True) == "com.example.app:/callback"
    for url, public in (("com.example.app:/callback", False), ("myapp:/callback", True), ("myapp://callback", True)):
        with pytest.raises(Invalid):
            callbacks.check(url, public=public)


@pytest.mark.parametrize(
    "url",
    [
        "", "callback", "/callback", "//app.example/callback", "https:/callback", "https://", "https:///callback",
        "http://app.example/callback", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://0.0.0.0/",
        "http://10.0.0.1/callback", "https://app.example/#part", "https://app.example/callback#",
        "https://user:pass@app.example/", "https://user@app.example/", "https://*.app.example/", "https://app.example/*",
        "https://app.example/call back", "https://app.example/\n", "https://app.example/\x00", "https://app.example\\@evil.example/",
        "https://app.exämple/", "https://app.example:99999/", "https://[::1/", "javascript:alert(1)", "data:text/html,x",
        "file:///etc/passwd", "ftp://app.example/", "com.example.app://user@host/", "urn:ietf:wg:oauth:2.0:oob",
        "https://app.example/" + "x" * 2000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("public", [True, False])
def test_any_other_callback_is_refused_with_a_reason(url: str, public: bool) -> None:
    with pytest.raises(Invalid) as refused:
        callbacks.check(url, public=public)
    assert refused.value.errors["callback_urls"][0]


# The authorization endpoint


def test_unknown_and_empty_parameters_of_an_authorize_link_are_no_reason_to_refuse(
    owner: Owner, partner_app: PartnerApp
) -> None:
    link = partner_app.authorize_link(
        scope="", code_challenge="", code_challenge_method="", resource="", prompt="", login_hint="", nonce="n", x="1",
        access_type="offline", display="popup", response_mode="", audience="x",
    )  # fmt: skip
    assert "code" in owner.approve(link).parameters


def test_an_empty_state_is_none_and_does_not_come_back(owner: Owner, partner_app: PartnerApp) -> None:
    assert set(owner.approve(partner_app.authorize_link(state="")).parameters) == {"code", "iss"}


def test_the_person_is_recognized_before_anything_is_decided(site: Site, partner_app: PartnerApp) -> None:
    for method in ("GET", "POST"):
        answer = site.visitor().send(
            method, partner_app.authorize_link(), data={"decision": "allow"} if method == "POST" else None
        )
        assert answer.status in (302, 400)
        assert "code=" not in answer.location
    assert site.get(partner_app.authorize_link()).location.startswith("/login?next=")


def test_programs_of_other_sites_can_not_read_the_authorization_endpoint(owner: Owner, partner_app: PartnerApp) -> None:
    """RFC 9700 section 2.6: no CORS there."""
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        answer = owner.browser.send(method, partner_app.authorize_link(), headers=origin)
        assert not [name for name in dict(answer.headers) if name.lower().startswith("access-control-")]


def test_after_the_form_the_way_back_is_a_302_so_that_no_password_goes_along(owner: Owner, partner_app: PartnerApp) -> None:
    page = owner.open_consent(partner_app.authorize_link())
    assert owner.decide(page).status == 302
    assert owner.new_browser().sign_in().status == 302


@pytest.fixture
def host(site: Site, tmp_path: Any) -> Iterator[DocumentHost]:
    host = DocumentHost(tmp_path)
    site.app.extensions["outbound"] = host.outbound()
    yield host
    host.close()


@pytest.mark.settings(client_id_metadata_documents=True)
def test_an_app_that_nobody_registered_can_not_use_the_server_to_lead_strangers_to_its_site(
    site: Site, host: DocumentHost
) -> None:
    """RFC 9700 section 4.11.2: whoever can make an app must not get an open redirector with it."""
    app = PartnerApp(site, client_id=host.describe(), secret=None, callback_urls=("http://127.0.0.1:50123/callback",))
    for broken in ({"scope": "nonsense"}, {"response_type": "token"}, {"prompt": "none"}, {}):
        answer = site.get(app.authorize_link(**broken))
        assert answer.location.startswith("/login?next="), answer.location


# What errors are made of


def test_descriptions_have_only_the_characters_that_the_rfc_allows(
    site: Site, owner: Owner, partner_app: PartnerApp
) -> None:
    tokens = partner_app.connect(owner)
    odd = 'ünïcode "quoted" \\ \r\n'
    described = [
        partner_app.ask({"grant_type": odd}).answer.json,
        partner_app.ask({"grant_type": "authorization_code", "code": odd}).answer.json,
        partner_app.ask({"grant_type": "authorization_code"}).answer.json,
        partner_app.refresh(odd).answer.json,
        partner_app.refresh(tokens, scope=odd).answer.json,
        partner_app.refresh(tokens, resource=odd).answer.json,
        partner_app.ask({"grant_type": "refresh_token"}, secret=odd).answer.json,
        site.post("/uaa/oauth/token", data={"client_id": odd, "grant_type": "refresh_token"}).json,
        site.post("/uaa/oauth/revoke", data={"client_id": odd}).json,
        site.post("/uaa/oauth/introspect").json,
    ]
    for parameters in (
        {"scope": odd},
        {"response_type": odd},
        {"code_challenge": odd},
        {"resource": odd},
        {"prompt": f"none {odd}"},
    ):
        described.append(owner.get(partner_app.authorize_link(**parameters)).parameters)
    for error in described:
        assert PRINTABLE.fullmatch(error["error"])
        assert PRINTABLE.fullmatch(error["error_description"]), error


def test_a_challenge_names_each_attribute_once_and_in_printable_characters(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEvents")
    tokens = app.connect(owner)
    for answer in (
        site.get("/api/v1/version"),
        site.get("/api/v1/version", headers={"Authorization": 'Bearer "\\é'}),
        app.call(tokens, "GET", "/api/v1/contacts"),
        app.ask({"grant_type": "refresh_token"}, secret="wrong").answer,
    ):
        scheme, _, rest = answer.headers["WWW-Authenticate"].partition(" ")
        assert scheme in ("Bearer", "Basic")
        attributes = CHALLENGE.findall(rest)
        assert ", ".join(f'{name}="{value}"' for name, value in attributes) == rest
        assert len({name for name, _ in attributes}) == len(attributes)
        assert all(PRINTABLE.fullmatch(value) for _, value in attributes)


# What can't be guessed (RFC 6749 section 10.10)


def test_everything_secret_has_160_random_bits_at_least(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    proof = Proof.new()
    codes = [partner_app.code_from(owner, **proof.parameters) for _ in range(2)]
    first, second = (partner_app.exchange(code, code_verifier=proof.verifier) for code in codes)
    third = partner_app.refresh(second)
    families: list[tuple[str, ...]] = [
        tuple(codes),
        (first.access_token, second.access_token, third.access_token),
        (first.refresh_token, second.refresh_token, third.refresh_token),
        (partner_app.secret or "", site.partner_app().secret or ""),
        (site.api_key(owner.organization), site.api_key(owner.organization)),
    ]
    for secrets in families:
        assert len(set(secrets)) == len(secrets)
        for secret in secrets:
            body = secret.rpartition("_")[2][:-8]
            assert len(bytes.fromhex(body)) >= 20
    assert partner_app.client_id != site.partner_app().client_id


def test_the_sizes_of_what_is_issued_are_documented(owner: Owner, partner_app: PartnerApp) -> None:
    """RFC 6749 sections 2.2, 4.1.2 and 5.1."""
    code = partner_app.code_from(owner)
    tokens = partner_app.exchange(code)
    sizes = {len(code), len(tokens.access_token), len(partner_app.secret or "")}
    said = (
        f"codes, access tokens and client secrets have {sizes.pop()} characters, refresh tokens "
        f"{len(tokens.refresh_token)}, client ids {len(partner_app.client_id)} "
    )
    assert not sizes
    assert said in " ".join((ROOT / "README.md").read_text().split())
