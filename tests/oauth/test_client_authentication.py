"""Client authentication at the token endpoint (RFC 6749 section 2.3, and the query string as Yespo documents it)."""

import base64
from functools import partial

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import TOKEN, PartnerApp, Proof
from tests.support.races import together
from tests.support.sites import Site

EVERYWHERE = pytest.mark.parametrize("via", ["basic", "body", "query"])


@EVERYWHERE
def test_credentials_work_wherever_they_stand(owner: Owner, partner_app: PartnerApp, via: str) -> None:
    tokens = partner_app.exchange(partner_app.code_from(owner), via=via)
    assert tokens.status == 200
    refreshed = partner_app.refresh(tokens, via=via)
    assert refreshed.status == 200
    assert partner_app.version(refreshed).status == 200


@EVERYWHERE
def test_a_wrong_secret_is_refused_and_burns_nothing(owner: Owner, partner_app: PartnerApp, site: Site, via: str) -> None:
    code = partner_app.code_from(owner)
    stranger = PartnerApp(site, client_id=partner_app.client_id, secret=site.partner_app().secret)
    refused = stranger.exchange(code, via=via)
    assert (refused.status, refused.error) == (401, "invalid_client")
    assert refused.answer.headers["Cache-Control"] == "no-store"
    assert partner_app.exchange(code).status == 200


def test_a_failed_basic_authentication_names_the_scheme_to_use(partner_app: PartnerApp, site: Site) -> None:
    refused = site.post(
        TOKEN, data={"grant_type": "refresh_token", "refresh_token": "x"}, auth=(partner_app.client_id, "wrong")
    )
    assert refused.status == 401
    assert refused.headers["WWW-Authenticate"].startswith('Basic realm="uaa", error="invalid_client", ')


def test_a_library_that_tries_basic_and_then_the_body_gets_its_tokens(
    owner: Owner, partner_app: PartnerApp, site: Site
) -> None:
    code = partner_app.code_from(owner)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": partner_app.callback}
    assert site.post(TOKEN, data=form, auth=(partner_app.client_id, "")).status == 401
    both = form | {"client_id": partner_app.client_id, "client_secret": partner_app.secret}
    assert site.post(TOKEN, data=both).status == 200


def test_credentials_in_two_places_are_refused(owner: Owner, partner_app: PartnerApp) -> None:
    code = partner_app.code_from(owner)
    refused = partner_app.exchange(code, client_secret=partner_app.secret)
    assert (refused.status, refused.error) == (400, "invalid_request")
    assert partner_app.exchange(code).status == 200


def test_the_client_id_may_stand_beside_basic_credentials_when_it_is_the_same(
    owner: Owner, partner_app: PartnerApp, site: Site
) -> None:
    code = partner_app.code_from(owner)
    assert partner_app.exchange(code, client_id=site.partner_app().client_id).error == "invalid_request"
    assert partner_app.exchange(code, client_id=partner_app.client_id).status == 200


def test_percent_encoded_basic_credentials_read_the_same(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    encoded = "".join(f"%{ord(character):02X}" for character in f"{partner_app.secret}")
    header = base64.b64encode(f"{partner_app.client_id}:{encoded}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": partner_app.code_from(owner), "redirect_uri": partner_app.callback}
    assert site.post(TOKEN, data=form, headers={"Authorization": f"Basic {header}"}).status == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic %%%", "Basic /w==", "Basic \xe9\xff", "Basic " + base64.b64encode(b"nocolon").decode()]
)
def test_unreadable_basic_credentials_are_an_invalid_client(site: Site, header: str) -> None:
    answer = site.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": "x"}, headers={"Authorization": header})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert site.get("/api/v1/version", headers={"Authorization": header}).status == 401


def test_nothing_counts_as_equal_that_only_begins_so(any_site: Site) -> None:
    """PostgreSQL's library ends texts at a NUL: what follows one must not be dropped."""
    owner, app, public = any_site.owner(), any_site.partner_app(), any_site.partner_app(public=True)
    proof = Proof.new()
    code, other = app.code_from(owner), public.code_from(owner, **proof.parameters)
    refused = app.exchange(code, redirect_uri=f"{app.callback}\0.evil.example")
    assert (refused.status, refused.error) == (400, "invalid_grant")
    for via in ("basic", "body"):
        refused = PartnerApp(any_site, client_id=f"{app.client_id}\0x", secret=app.secret).exchange(code, via=via)
        assert (refused.status, refused.error) == (401, "invalid_client")
    refused = PartnerApp(any_site, client_id=f"{public.client_id}\0", secret=None).exchange(
        other, code_verifier=proof.verifier
    )
    assert (refused.status, refused.error) == (401, "invalid_client")
    assert app.exchange(code).status == 200
    assert public.exchange(other, code_verifier=proof.verifier).status == 200


@pytest.mark.parametrize("client_id", [None, "", "nobody", "x" * 5000, "a\x00b", "ü"])
def test_an_unknown_client_is_an_invalid_client(site: Site, client_id: str | None) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_secret": "y"}
    answer = site.post(TOKEN, data=form | ({} if client_id is None else {"client_id": client_id}))
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_a_confidential_client_without_its_secret_is_refused(owner: Owner, partner_app: PartnerApp) -> None:
    refused = partner_app.exchange(partner_app.code_from(owner), via="none")
    assert (refused.status, refused.error) == (401, "invalid_client")


def test_another_secret_of_the_same_app_works_too(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    from app.services import clients

    with site.rules():
        added = clients.add_secret(clients.get(partner_app.client_id)).plain
    code = partner_app.code_from(owner)
    assert PartnerApp(site, client_id=partner_app.client_id, secret=added).exchange(code).status == 200


def test_a_secret_in_the_query_string_is_answered_with_a_warning(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    assert "Deprecation" in partner_app.refresh(tokens, via="query").answer.headers
    assert "Deprecation" not in partner_app.refresh(tokens, via="body").answer.headers


def test_so_is_any_other_secret_there(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    auth = (partner_app.client_id, partner_app.secret or "")
    form = {"grant_type": "authorization_code", "redirect_uri": partner_app.callback}
    answer = site.post(TOKEN, params={"code": partner_app.code_from(owner)}, data=form, auth=auth)
    assert (answer.status, answer.headers["Deprecation"]) == (200, "@1349049600")
    query = {"refresh_token": answer.json["refresh_token"]}
    assert "Deprecation" in site.post(TOKEN, params=query, data={"grant_type": "refresh_token"}, auth=auth).headers
    form |= {"code": partner_app.code_from(owner)}
    assert "Deprecation" not in site.post(TOKEN, params={"lang": "en"}, data=form, auth=auth).headers


@pytest.mark.settings(query_credentials=False)
def test_secrets_in_the_query_string_can_be_switched_off(owner: Owner, partner_app: PartnerApp) -> None:
    code = partner_app.code_from(owner)
    assert partner_app.exchange(code, via="query").error == "invalid_client"
    form = {"grant_type": "authorization_code", "redirect_uri": partner_app.callback}
    auth = (partner_app.client_id, partner_app.secret or "")
    refused = partner_app.site.post(TOKEN, params={"code": code}, data=form, auth=auth)
    assert (refused.status, refused.json["error"]) == (400, "invalid_request"), "a code is a secret as well"
    assert partner_app.exchange(code).status == 200


@pytest.mark.settings(rate_limit_token="3/minute")
def test_whoever_guesses_secrets_is_slowed_down_and_the_app_is_not(
    owner: Owner, partner_app: PartnerApp, site: Site
) -> None:
    tokens = partner_app.connect(owner)
    guesses = [partner_app.ask({"grant_type": "refresh_token", "refresh_token": "x"}, secret="guess") for _ in range(4)]
    assert [guess.status for guess in guesses] == [401, 401, 401, 429]
    assert int(guesses[-1].answer.headers["Retry-After"]) > 0
    assert tokens.status == 200


@pytest.mark.settings(rate_limit_token="8/minute")
def test_of_simultaneous_exchanges_no_more_pass_than_the_limit_of_the_app(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    codes = [app.code_from(owner) for _ in range(16)]
    refused = [app.exchange(f"{code[:-1]}x") for code in codes[:3]]
    assert [answer.error for answer in refused] == ["invalid_grant"] * 3
    answers = together(*(partial(app.exchange, code) for code in codes))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 11
