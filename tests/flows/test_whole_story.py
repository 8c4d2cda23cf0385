"""The story from the authorize link to the end of access, on real servers."""

from tests.support.sites import Site


def test_an_app_is_approved_called_refreshed_and_cut_off_by_its_owner(any_live_site: Site) -> None:
    site = any_live_site
    owner, app = site.owner(), site.partner_app(name="Stripo", scope="UseEventsAndContacts UseMessages")
    first = app.connect(owner, scope=None, ticked=["UseEventsAndContacts"])
    assert first.scope == "UseEventsAndContacts"

    made = app.call(first, "POST", "/api/v1/contact", json={"channels": [{"type": "email", "value": "a@example.org"}]})
    assert made.status == 200
    assert app.call(first, "GET", "/api/v1/contacts").status == 403
    assert app.call(first, "GET", "/api/v1/account/info").json["orgId"] == owner.organization_id

    second = app.refresh(first, via="query", code="ignored", redirect_uri=app.callback)
    assert app.version(second).status == 200

    assert owner.disconnect("Stripo").status == 302
    refused = app.version(second)
    assert (refused.status, refused.json["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    dead = app.refresh(second)
    assert (dead.status, dead.error, dead.reason) == (400, "invalid_grant", "owner_disconnected")


def test_a_refusal_leaves_nothing_behind(any_live_site: Site) -> None:
    owner, app = any_live_site.owner(), any_live_site.partner_app()
    answer = owner.refuse(app.authorize_link())
    assert (answer.parameters["error"], answer.parameters["state"]) == ("access_denied", "xyz")
    assert "No app is connected" in owner.get("/settings/connected-apps").words


def test_a_public_app_with_pkce_completes_the_flow(any_live_site: Site) -> None:
    owner = any_live_site.owner()
    app = any_live_site.partner_app(public=True, callback_urls=["http://127.0.0.1/callback"])
    tokens = app.connect(owner, redirect_uri="http://127.0.0.1:54321/callback")
    assert app.version(app.refresh(tokens)).status == 200
