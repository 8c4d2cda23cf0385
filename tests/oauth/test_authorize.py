"""The authorization endpoint (RFC 6749 section 4.1): who may ask, what is wrong, and where the answer goes."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.answers import Answer
from tests.support.owner import CONSENT, Owner
from tests.support.partner_app import AUTHORIZE, CALLBACK, PartnerApp
from tests.support.sites import Site


def assert_stays_here(answer: Answer, site: Site) -> None:
    """An error page, and no way to the address that was asked for."""
    assert answer.status == 400
    assert not answer.location
    assert answer.headers["Content-Type"].startswith("text/html")
    for link in answer.page.select("a[href], form[action], meta[http-equiv]"):
        assert "evil" not in f"{link.get('href')} {link.get('action')} {link.get('content')}"


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("client_id", [None, "", "nobody", "a\x00b", "ü", "' OR 1=1 --", "x" * 3000])
def test_an_unknown_client_is_never_redirected(site: Site, owner: Owner, client_id: str | None, signed_in: bool) -> None:
    if signed_in:
        owner.sign_in()
    query = {"response_type": "code", "redirect_uri": "https://evil.example/"}
    answer = owner.browser.send("GET", AUTHORIZE, params=query | ({} if client_id is None else {"client_id": client_id}))
    assert_stays_here(answer, site)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/callback",
        "https://partner.example/callback/",
        "https://partner.example/callback/../evil",
        "https://partner.example/callback?x=1",
        "https://partner.example/callback#",
        "https://partner.example/Callback",
        "https://partner.example:443/callback",
        "http://partner.example/callback",
        "https://partner.example.evil.example/callback",
        "https://partner.example@evil.example/callback",
        "https://evil.example\\@partner.example/callback",
        "https://partner.example/callback\n",
        "https://partner.example/callback%00",
        " https://partner.example/callback",
        "//partner.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_callback_that_is_not_registered_is_never_redirected_to(
    site: Site, owner: Owner, partner_app: PartnerApp, redirect_uri: str, method: str
) -> None:
    owner.sign_in()
    if method == "GET":
        answer = owner.get(partner_app.authorize_link(redirect_uri=redirect_uri))
    else:
        answer = owner.post(partner_app.authorize_link(redirect_uri=redirect_uri), token_from="/login", decision="allow")
    assert_stays_here(answer, site)


def test_repeated_clients_and_callbacks_are_never_redirected(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    for more in (
        {"client_id": partner_app.client_id},
        {"redirect_uri": CALLBACK},
        {"redirect_uri": "https://evil.example/"},
    ):
        answer = owner.browser.send("GET", partner_app.authorize_link(), params=more)
        assert_stays_here(answer, site)


def test_redirect_uri_may_be_left_out_only_with_a_single_callback(site: Site, owner: Owner) -> None:
    one, two, none = (
        site.partner_app(callback_urls=urls) for urls in ([CALLBACK], [CALLBACK, "https://partner.example/b"], [])
    )
    assert owner.approve(one.authorize_link(redirect_uri=None)).location.startswith(CALLBACK + "?")
    assert_stays_here(owner.get(two.authorize_link(redirect_uri=None)), site)
    assert owner.approve(two.authorize_link(redirect_uri="https://partner.example/b")).status == 302
    link = f"{AUTHORIZE}?response_type=code&client_id={none.client_id}"
    assert_stays_here(owner.get(link), site)


@pytest.mark.parametrize(
    ("registered", "asked", "public", "fits"),
    [
        ("http://127.0.0.1:8081/cb", "http://127.0.0.1:54321/cb", False, True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:54321/cb", True, True),
        ("http://[::1]:1/cb", "http://[::1]:54321/cb", False, True),
        ("http://localhost:1/cb", "http://localhost:54321/cb", True, True),
        ("http://localhost:1/cb", "http://localhost:54321/cb", False, False),
        ("http://127.0.0.1:8081/cb", "http://127.0.0.1:54321/other", False, False),
        ("http://127.0.0.1:8081/cb", "http://127.0.0.1:54321/cb?x", False, False),
        ("http://127.0.0.1:8081/cb", "http://127.0.0.2:8081/cb", False, False),
        ("http://127.0.0.1:8081/cb", "http://u@127.0.0.1:8081/cb", False, False),
        ("http://127.0.0.1:8081/cb", "https://127.0.0.1:8081/cb", False, False),
        ("com.example.app:/cb", "com.example.app:/cb", True, True),
        ("com.example.app:/cb", "com.example.app:/evil", True, False),
    ],
)
def test_only_the_port_of_a_loopback_address_may_differ(
    site: Site, owner: Owner, registered: str, asked: str, public: bool, fits: bool
) -> None:
    app = site.partner_app(callback_urls=[registered], public=public)
    challenge = {"code_challenge": "x" * 43, "code_challenge_method": "S256"} if public else {}
    answer = owner.open_consent(app.authorize_link(redirect_uri=asked, **challenge))
    assert (answer.page.select_one(CONSENT) is not None) == fits
    assert answer.status == (200 if fits else 400)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"scope": "UseRestApi nonsense"}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"scope": "UseEvents\tUseMessages"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_other_error_goes_to_the_callback_with_state_and_issuer(
    site: Site, owner: Owner, partner_app: PartnerApp, parameters: dict[str, str | None], error: str, signed_in: bool
) -> None:
    if signed_in:
        owner.sign_in()
    answer = owner.browser.send("GET", partner_app.authorize_link(**parameters))
    assert answer.status == 302
    assert answer.location.startswith(CALLBACK + "?")
    assert answer.parameters["error"] == error
    assert (answer.parameters["state"], answer.parameters["iss"]) == ("xyz", site.url)
    assert "code" not in answer.parameters


@pytest.mark.parametrize("name", ["response_type", "scope", "state", "code_challenge", "prompt"])
def test_a_repeated_parameter_is_an_invalid_request(owner: Owner, partner_app: PartnerApp, name: str) -> None:
    link = partner_app.authorize_link(scope="UseEvents")
    answer = owner.browser.send("GET", link, params=[(name, "a"), (name, "b")])
    assert answer.parameters["error"] == "invalid_request"


def test_an_app_may_ask_only_for_what_it_registered(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEvents read:contacts")
    assert owner.get(app.authorize_link(scope="UseMessages")).parameters["error"] == "invalid_scope"
    assert owner.get(app.authorize_link(scope="UseRestApi")).parameters["error"] == "invalid_scope"
    assert app.connect(owner, scope="write:events").scope == "write:events"


def test_without_a_scope_an_app_asks_for_all_that_it_registered(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEvents read:contacts")
    assert app.connect(owner, scope=None).scope == "UseEvents read:contacts"


def test_code_state_and_issuer_come_back_and_nothing_else(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    state = "a b&c=d/é%20+\"'<>"
    answer = owner.approve(partner_app.authorize_link(state=state))
    assert set(answer.parameters) == {"code", "state", "iss"}
    assert (answer.parameters["state"], answer.parameters["iss"]) == (state, site.url)
    again = owner.get(partner_app.authorize_link(state=None))
    assert set(again.parameters) == {"code", "iss"}


def test_a_callbacks_own_query_is_kept_to_the_letter(site: Site, owner: Owner) -> None:
    callback = "https://partner.example/cb?tenant=a%2Fb&x"
    app = site.partner_app(callback_urls=[callback])
    location = owner.approve(app.authorize_link()).location
    assert location.startswith(callback + "&")
    assert parse_qs(urlsplit(location).query)["tenant"] == ["a/b"]
    assert app.exchange(parse_qs(urlsplit(location).query)["code"][0]).status == 200


def test_refusing_goes_back_with_access_denied(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    answer = owner.refuse(partner_app.authorize_link())
    assert answer.status == 302
    assert answer.location.startswith(CALLBACK + "?")
    assert (answer.parameters["error"], answer.parameters["state"]) == ("access_denied", "xyz")
    assert answer.parameters["iss"] == site.url
    assert "code" not in answer.parameters
    assert "No app is connected" in owner.get("/settings/connected-apps").words


def test_the_address_that_yespos_documentation_prints_works_too(owner: Owner, partner_app: PartnerApp) -> None:
    assert partner_app.connect(owner, path="/uaa/oauth/authorize/oauth/authorize").status == 200


def test_a_request_survives_the_sign_in_to_the_letter(site: Site, owner: Owner) -> None:
    callback = "http://127.0.0.1:9/cb?a=b%26c"
    app = site.partner_app(callback_urls=[callback])
    answer = owner.approve(app.authorize_link(state="ü&next=//evil.example/%2F"))
    assert answer.location.startswith(callback)
    assert answer.parameters["state"] == "ü&next=//evil.example/%2F"


def test_prompt_none_asks_nobody(owner: Owner, partner_app: PartnerApp) -> None:
    link = partner_app.authorize_link(prompt="none")
    assert owner.browser.send("GET", link).parameters["error"] == "login_required"
    owner.sign_in()
    assert owner.browser.send("GET", link).parameters["error"] == "consent_required"
    partner_app.connect(owner)
    assert "code" in owner.browser.send("GET", link).parameters


def test_what_is_held_already_is_answered_without_a_page_unless_the_app_wants_one(
    owner: Owner, partner_app: PartnerApp
) -> None:
    partner_app.connect(owner, scope="UseEvents")
    assert "code" in owner.get(partner_app.authorize_link(scope="write:events")).parameters
    assert owner.get(partner_app.authorize_link(scope="UseEvents UseMessages")).page.select_one(CONSENT) is not None
    assert owner.get(partner_app.authorize_link(scope="UseEvents", prompt="consent")).page.select_one(CONSENT) is not None


def test_a_login_hint_fills_the_form(owner: Owner, partner_app: PartnerApp) -> None:
    page = owner.get(partner_app.authorize_link(login_hint="somebody@example.org"))
    assert page.form().values("email") == ["somebody@example.org"]


def test_a_suspended_app_is_sent_back_and_a_deleted_one_is_unknown(
    site: Site, owner: Owner, partner_app: PartnerApp
) -> None:
    site.suspend(partner_app)
    assert owner.get(partner_app.authorize_link()).parameters["error"] == "unauthorized_client"
    site.delete(partner_app)
    assert_stays_here(owner.get(partner_app.authorize_link()), site)


def test_other_methods_are_not_answered(site: Site, partner_app: PartnerApp) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert site.send(method, partner_app.authorize_link()).status == 405
