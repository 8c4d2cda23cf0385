"""The authorization code grant at the token endpoint (RFC 6749 sections 4.1.3, 5.1 and 5.2)."""

from types import SimpleNamespace

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import CALLBACK, TOKEN, PartnerApp, Tokens
from tests.support.sites import Site


def test_the_answer_has_just_what_the_contract_says(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    body = tokens.answer.json
    assert set(body) == {
        "access_token", "token_type", "refresh_token", "scope", "expires_in", "refresh_token_expires_in",
    }  # fmt: skip
    assert (body["token_type"], body["scope"]) == ("bearer", "UseRestApi")
    assert (body["expires_in"], body["refresh_token_expires_in"]) == (172800, 2592000)
    headers = tokens.answer.headers
    assert headers["Content-Type"] == "application/json"
    assert (headers["Cache-Control"], headers["Pragma"]) == ("no-store", "no-cache")
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("accept", ["text/html", "application/x-www-form-urlencoded", "image/png", "*/*"])
def test_the_answer_is_json_whatever_is_accepted(owner: Owner, partner_app: PartnerApp, site: Site, accept: str) -> None:
    form = {"grant_type": "authorization_code", "code": partner_app.code_from(owner), "redirect_uri": CALLBACK}
    answer = site.post(TOKEN, data=form, auth=(partner_app.client_id, partner_app.secret or ""), headers={"Accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("asked", ["write:events", "UseEvents", "write:events read:contacts", "UseMessages UseEvents"])
def test_the_scope_in_the_answer_is_what_was_asked_for(owner: Owner, partner_app: PartnerApp, asked: str) -> None:
    assert partner_app.connect(owner, scope=asked).scope == asked


def _refused(tokens: Tokens, error: str, status: int = 400) -> None:
    assert (tokens.status, tokens.error) == (status, error), tokens.answer.text
    assert set(tokens.answer.json) <= {"error", "error_description", "reason"}
    assert all(0x20 <= ord(c) <= 0x7E and c not in '"\\' for c in tokens.answer.json.get("error_description", ""))
    assert tokens.answer.headers["Content-Type"] == "application/json"
    assert tokens.answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": ""}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "garbage"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "uaa_ac_" + "0" * 72}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "ü\x00" * 2000}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "garbage"}, "invalid_grant"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_in_the_rfcs_words(
    partner_app: PartnerApp, parameters: dict[str, str], error: str
) -> None:
    _refused(partner_app.ask(dict(parameters)), error)


def test_only_post_is_answered(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    code = partner_app.code_from(owner)
    query = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
        "client_id": partner_app.client_id, "client_secret": partner_app.secret,
    }  # fmt: skip
    for method in ("GET", "PUT", "DELETE"):
        answer = site.send(method, TOKEN, params=query)
        assert answer.status == 405
        assert "POST" in answer.headers["Allow"]
        assert answer.json["error"] == "invalid_request"
    assert partner_app.exchange(code).status == 200


def test_a_body_that_is_not_a_form_is_an_invalid_request(site: Site, partner_app: PartnerApp) -> None:
    auth = (partner_app.client_id, partner_app.secret or "")
    _refused(Tokens(site.post(TOKEN, json={"grant_type": "refresh_token"}, auth=auth)), "invalid_request")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _refused(Tokens(site.post(TOKEN, data=b"\xff\xfe%%%=&&&=", headers=headers, auth=auth)), "invalid_request")


@pytest.mark.parametrize("repeated", ["grant_type", "code", "redirect_uri", "client_id", "client_secret"])
def test_a_repeated_parameter_is_refused_and_burns_nothing(
    owner: Owner, partner_app: PartnerApp, site: Site, repeated: str
) -> None:
    form = {
        "grant_type": "authorization_code", "code": partner_app.code_from(owner), "redirect_uri": CALLBACK,
        "client_id": partner_app.client_id, "client_secret": partner_app.secret,
    }  # fmt: skip
    twice = [*form.items(), (repeated, form[repeated])]
    _refused(Tokens(site.post(TOKEN, data=twice)), "invalid_request")
    _refused(Tokens(site.post(TOKEN, data=form, params={repeated: form[repeated]})), "invalid_request")
    assert site.post(TOKEN, data=form).status == 200


def test_unknown_and_empty_parameters_are_no_reason_to_refuse(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    form = [
        ("grant_type", "authorization_code"), ("code", partner_app.code_from(owner)), ("redirect_uri", CALLBACK),
        ("scope", ""), ("code_verifier", ""), ("access_type", "offline"), ("access_type", "online"), ("client_secret", ""),
    ]  # fmt: skip
    assert site.post(TOKEN, data=form, auth=(partner_app.client_id, partner_app.secret or "")).status == 200


def test_a_code_expires(owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace) -> None:
    early, late = partner_app.code_from(owner), partner_app.code_from(owner)
    clock.advance(seconds=299)
    assert partner_app.exchange(early).status == 200
    clock.advance(seconds=2)
    _refused(partner_app.exchange(late), "invalid_grant")


def test_a_code_belongs_to_its_client(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    code = partner_app.code_from(owner)
    _refused(site.partner_app().exchange(code), "invalid_grant")
    assert partner_app.exchange(code).status == 200


# The redirect URI that the request named (RFC 6749 section 4.1.3)


@pytest.mark.parametrize(
    "stated", [None, "https://partner.example/other", CALLBACK + "/", CALLBACK + "?x=1", "http" + CALLBACK[5:]]
)
def test_a_stated_redirect_uri_must_be_repeated_to_the_letter(
    owner: Owner, partner_app: PartnerApp, stated: str | None
) -> None:
    code = partner_app.code_from(owner)
    _refused(partner_app.exchange(code, redirect_uri=stated), "invalid_grant")
    assert partner_app.exchange(code).status == 200


@pytest.mark.parametrize("stated", [None, "", CALLBACK])
def test_one_that_was_left_out_may_be_left_out_again(owner: Owner, partner_app: PartnerApp, stated: str | None) -> None:
    code = partner_app.code_from(owner, redirect_uri=None)
    for elsewhere in (CALLBACK + "/", "https://evil.example/\0"):
        _refused(partner_app.exchange(code, redirect_uri=elsewhere), "invalid_grant")
    assert partner_app.exchange(code, redirect_uri=stated).status == 200


# Replay (RFC 6749 section 4.1.2: "deny the request and revoke tokens previously issued on that code")


def test_a_code_used_twice_ends_what_came_from_it(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    code = app.code_from(owner)
    first = app.exchange(code)
    second = app.refresh(first)
    assert app.version(second).status == 200
    _refused(app.exchange(code), "invalid_grant")
    assert app.version(first).status == 401
    assert app.version(second).status == 401
    dead = app.refresh(second)
    _refused(dead, "invalid_grant")
    assert dead.reason == "reuse_detected"


def test_a_replay_ends_nothing_but_what_came_from_this_code(owner: Owner, partner_app: PartnerApp) -> None:
    other = partner_app.connect(owner)
    code = partner_app.code_from(owner)
    partner_app.exchange(code)
    partner_app.exchange(code)
    assert partner_app.version(other).status == 200


@pytest.mark.parametrize("stranger", ["another app", "without the secret", "wrong callback", "wrong secret"])
def test_a_strangers_replay_ends_nothing(owner: Owner, partner_app: PartnerApp, site: Site, stranger: str) -> None:
    code = partner_app.code_from(owner)
    tokens = partner_app.exchange(code)
    refused = {
        "another app": lambda: site.partner_app().exchange(code),
        "without the secret": lambda: partner_app.exchange(code, via="none"),
        "wrong callback": lambda: partner_app.exchange(code, redirect_uri="https://evil.example/"),
        "wrong secret": lambda: partner_app.ask({"grant_type": "authorization_code", "code": code}, secret="guess"),
    }[stranger]()
    assert refused.status in (400, 401)
    assert partner_app.version(tokens).status == 200
    assert partner_app.refresh(tokens).status == 200


def test_an_expired_spent_code_ends_nothing_and_gives_nothing(
    owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace
) -> None:
    code = partner_app.code_from(owner)
    partner_app.exchange(code)
    clock.advance(seconds=301)
    _refused(partner_app.exchange(code), "invalid_grant")


def test_a_code_dies_with_its_connection(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    code = partner_app.code_from(owner)
    owner.disconnect("Partner")
    refused = partner_app.exchange(code)
    _refused(refused, "invalid_grant")
    assert refused.reason == "owner_disconnected"


def test_a_resource_that_names_this_api_is_honoured_and_a_foreign_one_refused(
    owner: Owner, partner_app: PartnerApp, site: Site
) -> None:
    code = partner_app.code_from(owner)
    _refused(partner_app.exchange(code, resource="https://elsewhere.example/api"), "invalid_target")
    assert partner_app.exchange(code, resource=f"{site.url}/").status == 200


def test_secrets_are_letters_and_digits_so_that_every_library_sends_them_alike(
    owner: Owner, partner_app: PartnerApp
) -> None:
    tokens = partner_app.connect(owner)
    for value in (partner_app.client_id, partner_app.secret or "", *tokens.pair):
        assert value.replace("_", "").isalnum()
        assert value.isascii()
