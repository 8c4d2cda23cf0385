"""Revocation (RFC 7009) and introspection (RFC 7662)."""

import pytest

from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site


def revoke(app: PartnerApp, token: str, **more: str) -> Answer:
    return app.site.post("/uaa/oauth/revoke", data={"token": token} | more, auth=(app.client_id, app.secret or ""))


def introspect(app: PartnerApp, token: str, path: str = "/uaa/oauth/introspect", **more: str) -> Answer:
    return app.site.post(path, data={"token": token} | more, auth=(app.client_id, app.secret or ""))


@pytest.mark.parametrize("hint", ["", "refresh_token", "access_token", "nonsense"])
def test_a_revoked_refresh_token_takes_its_family_with_it(owner: Owner, partner_app: PartnerApp, hint: str) -> None:
    first = partner_app.connect(owner)
    second = partner_app.refresh(first)
    answer = revoke(partner_app, second.refresh_token, token_type_hint=hint)
    assert (answer.status, answer.json) == (200, {})
    assert answer.headers["Content-Type"] == "application/json"
    assert partner_app.version(first).status == 401
    assert partner_app.version(second).status == 401
    assert partner_app.refresh(second).reason == "revoked_by_app"


def test_a_revoked_access_token_is_dead(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    assert revoke(partner_app, tokens.access_token).status == 200
    assert partner_app.version(tokens).status == 401


def test_revoking_tells_nothing_about_tokens_and_ends_no_strangers(
    owner: Owner, partner_app: PartnerApp, site: Site
) -> None:
    tokens = partner_app.connect(owner)
    stranger = site.partner_app()
    for token in (*tokens.pair, "garbage", "uaa_at_" + "0" * 72):
        assert (revoke(stranger, token).status, revoke(stranger, token).json) == (200, {})
    assert partner_app.version(tokens).status == 200
    assert partner_app.refresh(tokens).status == 200


@pytest.mark.parametrize("path", ["/uaa/oauth/revoke", "/uaa/oauth/introspect", "/uaa/oauth/check_token"])
def test_they_need_a_client_and_a_token_and_read_no_query(
    owner: Owner, partner_app: PartnerApp, site: Site, path: str
) -> None:
    tokens = partner_app.connect(owner)
    assert site.post(path, data={"token": tokens.access_token}).status == 401
    assert site.post(path, data={"token": tokens.access_token}, auth=(partner_app.client_id, "guess")).status == 401
    auth = (partner_app.client_id, partner_app.secret or "")
    assert site.post(path, auth=auth).json["error"] == "invalid_request"
    query = {"token": tokens.access_token, "client_id": auth[0], "client_secret": auth[1]}
    assert site.post(path, params=query).status == 401
    assert site.get(path, params=query).status == 405
    assert partner_app.version(tokens).status == 200


@pytest.mark.parametrize("path", ["/uaa/oauth/introspect", "/uaa/oauth/check_token"])
def test_introspection_says_what_a_token_opens(owner: Owner, partner_app: PartnerApp, site: Site, path: str) -> None:
    tokens = partner_app.connect(owner, scope="UseEvents")
    facts = introspect(partner_app, tokens.access_token, path)
    assert facts.status == 200
    assert facts.headers["Cache-Control"] == "no-store"
    body = facts.json
    assert (body["active"], body["scope"], body["client_id"]) == (True, "UseEvents", partner_app.client_id)
    assert (body["iss"], body["token_type"]) == (site.url, "bearer")
    assert body["exp"] - body["iat"] == 172800


def test_introspection_tells_others_and_of_dead_tokens_nothing(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    tokens = partner_app.connect(owner)
    assert introspect(site.partner_app(), tokens.access_token).json == {"active": False}
    assert introspect(partner_app, "garbage").json == {"active": False}
    owner.disconnect("Partner")
    assert introspect(partner_app, tokens.access_token).json == {"active": False}
    assert introspect(partner_app, tokens.refresh_token).json == {"active": False}
