"""Unmodified client libraries from PyPI complete the flow."""

from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests_oauthlib import OAuth2Session as OauthlibSession

from tests.support.partner_app import PartnerApp
from tests.support.sites import Site


@pytest.fixture
def partner_app(live_site: Site, monkeypatch: pytest.MonkeyPatch) -> PartnerApp:
    # Both libraries refuse http unless they are told that this is a test.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    return live_site.partner_app()


def _version(session: Any, site: Site) -> dict[str, Any]:
    answer = session.get(f"{site.url}/api/v2/version")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("in_body", [False, True], ids=["basic", "body"])
def test_requests_oauthlib_completes_the_flow(live_site: Site, partner_app: PartnerApp, in_body: bool) -> None:
    token_url = f"{live_site.url}/uaa/oauth/token"
    with OauthlibSession(partner_app.client_id, redirect_uri=partner_app.callback, pkce="S256") as session:
        session.trust_env = False
        link, _ = session.authorization_url(f"{live_site.url}/uaa/oauth/authorize")
        returned = live_site.owner().approve(link)
        first = session.fetch_token(
            token_url, authorization_response=returned.location, client_secret=partner_app.secret,
            include_client_id=in_body or None,
        )  # fmt: skip
        assert first["scope"] == ["UseRestApi"]
        assert _version(session, live_site)["protocolVersion"] == "2.0"
        second = session.refresh_token(token_url, client_id=partner_app.client_id, client_secret=partner_app.secret)
        assert second["refresh_token"] != first["refresh_token"]
        assert _version(session, live_site)["protocolVersion"] == "2.0"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_completes_the_flow(live_site: Site, partner_app: PartnerApp, method: str) -> None:
    token_url = f"{live_site.url}/uaa/oauth/token"
    with AuthlibSession(
        partner_app.client_id, partner_app.secret, redirect_uri=partner_app.callback,
        token_endpoint_auth_method=method, code_challenge_method="S256",
    ) as session:  # fmt: skip
        session.trust_env = False
        verifier = "v" * 64
        link, _ = session.create_authorization_url(f"{live_site.url}/uaa/oauth/authorize", code_verifier=verifier)
        returned = live_site.owner().approve(link)
        first = session.fetch_token(token_url, authorization_response=returned.location, code_verifier=verifier)
        assert first["token_type"] == "bearer"
        assert _version(session, live_site)["protocolVersion"] == "2.0"
        second = session.refresh_token(token_url)
        assert second["access_token"] != first["access_token"]
        revoked = session.revoke_token(f"{live_site.url}/uaa/oauth/revoke", second["refresh_token"])
        assert (revoked.status_code, revoked.json()) == (200, {})
        assert session.get(f"{live_site.url}/api/v2/version").status_code == 401
