"""Revocation (RFC 7009) and introspection (RFC 7662): what else can be asked, by whom, and how often."""

import pytest

from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

REVOKE, INTROSPECT = "/uaa/oauth/revoke", "/uaa/oauth/introspect"


def send(app: PartnerApp, path: str, token: str, **more: str) -> Answer:
    if app.secret is None:
        return app.site.post(path, data={"token": token, "client_id": app.client_id} | more)
    return app.site.post(path, data={"token": token} | more, auth=(app.client_id, app.secret))


def test_a_revoked_access_token_takes_nothing_with_it(any_site: Site) -> None:
    app = any_site.partner_app()
    first = app.connect(any_site.owner())
    second = app.refresh(first)
    send(app, REVOKE, first.access_token)
    assert [app.version(tokens).status for tokens in (first, second)] == [401, 200]
    assert app.refresh(second).status == 200


def test_revoking_one_approval_leaves_another_of_the_same_app(any_site: Site) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    one, other = app.connect(owner), app.connect(owner)
    send(app, REVOKE, one.refresh_token)
    assert [app.version(tokens).status for tokens in (one, other)] == [401, 200]


def test_revoking_twice_is_no_error(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    for token in (tokens.access_token, tokens.refresh_token) * 2:
        assert (send(partner_app, REVOKE, token).status, send(partner_app, REVOKE, token).json) == (200, {})


def test_a_replaced_refresh_token_still_ends_its_family(owner: Owner, partner_app: PartnerApp) -> None:
    """A client that lost the last answer gives back what it has, and means the whole."""
    first = partner_app.connect(owner)
    second = partner_app.refresh(first)
    assert send(partner_app, REVOKE, first.refresh_token).status == 200
    assert partner_app.version(second).status == 401


def test_a_public_client_revokes_its_own_tokens_by_its_id_alone(site: Site, owner: Owner) -> None:
    app, other = site.partner_app(public=True), site.partner_app(public=True)
    tokens = app.connect(owner)
    assert send(other, REVOKE, tokens.refresh_token).status == 200
    assert app.version(tokens).status == 200
    assert send(app, REVOKE, tokens.refresh_token).status == 200
    assert app.version(tokens).status == 401


def test_a_suspended_app_may_still_give_its_tokens_back(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    site.suspend(partner_app)
    assert send(partner_app, REVOKE, tokens.refresh_token).status == 200
    site.resume(partner_app)
    assert partner_app.refresh(tokens).reason == "revoked_by_app"


def test_an_introspected_answer_has_just_what_the_contract_says(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    tokens = partner_app.connect(owner, scope="UseEvents")
    for token in tokens.pair:
        facts = send(partner_app, INTROSPECT, token).json
        assert sorted(facts) == [
            "active", "aud", "client_id", "exp", "iat", "iss", "organization", "scope", "sub", "token_type",
        ]  # fmt: skip
        assert facts["organization"] == owner.organization_id
        assert facts["aud"] == facts["iss"] == site.url
        assert facts["sub"].isdigit()


def test_introspection_says_what_the_token_opens_now(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner, scope="UseRestApi")
    partner_app.connect(owner, scope="UseRestApi", prompt="consent", ticked=["write:events"])
    assert send(partner_app, INTROSPECT, tokens.access_token).json["scope"] == "write:events"


def test_a_replaced_refresh_token_is_not_active(owner: Owner, partner_app: PartnerApp) -> None:
    first = partner_app.connect(owner)
    partner_app.refresh(first)
    assert send(partner_app, INTROSPECT, first.refresh_token).json == {"active": False}
    assert send(partner_app, INTROSPECT, first.access_token).json["active"] is True


def test_introspecting_changes_nothing(owner: Owner, partner_app: PartnerApp) -> None:
    """Asking about a used refresh token is not using it."""
    first = partner_app.connect(owner)
    third = partner_app.refresh(partner_app.refresh(first))
    assert send(partner_app, INTROSPECT, first.refresh_token).json == {"active": False}
    assert partner_app.version(third).status == 200


def test_a_wrong_hint_is_only_a_hint(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    for token in tokens.pair:
        for hint in ("access_token", "refresh_token", "nonsense", ""):
            assert send(partner_app, INTROSPECT, token, token_type_hint=hint).json["active"] is True


@pytest.mark.parametrize("path", [REVOKE, INTROSPECT])
def test_an_api_key_is_no_token_of_theirs(site: Site, owner: Owner, partner_app: PartnerApp, path: str) -> None:
    key = site.api_key(owner.organization)
    assert send(partner_app, path, key).json in ({}, {"active": False})
    assert partner_app.version(key).status == 200


@pytest.mark.parametrize("path", [REVOKE, INTROSPECT])
def test_a_repeated_token_is_refused(owner: Owner, partner_app: PartnerApp, path: str) -> None:
    tokens = partner_app.connect(owner)
    twice = [("token", tokens.access_token), ("token", tokens.refresh_token)]
    refused = partner_app.site.post(path, data=twice, auth=(partner_app.client_id, partner_app.secret or ""))
    assert (refused.status, refused.json["error"]) == (400, "invalid_request")
    assert partner_app.version(tokens).status == 200


@pytest.mark.parametrize("path", [REVOKE, INTROSPECT])
@pytest.mark.settings(rate_limit_token="3/minute")
def test_they_are_limited_like_the_token_endpoint(site: Site, partner_app: PartnerApp, path: str) -> None:
    answers = [send(partner_app, path, "x") for _ in range(5)]
    assert [answer.status for answer in answers][:1] == [200]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
