"""Who may ask about which token (RFC 7662): an app about its own, a resource server about any, public clients about none."""

import json

import pytest

from tests.support.resource_server import ResourceServer
from tests.support.sites import Site

PATHS = ("/uaa/oauth/introspect", "/uaa/oauth/check_token")
REPORTS = "https://reports.example/api"


@pytest.mark.parametrize("path", PATHS)
def test_a_resource_server_learns_about_any_token(any_site: Site, path: str) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    server = ResourceServer.make(any_site, resource=None, organization=owner.organization)
    tokens = app.connect(owner, scope="UseEvents")
    for token in tokens.pair:
        facts = server.introspect(token, path=path).json
        assert facts["active"] is True
        assert (facts["client_id"], facts["scope"]) == (app.client_id, "UseEvents")
        assert (facts["iss"], facts["aud"]) == (any_site.url, any_site.url)
        assert facts["organization"] == owner.organization_id
        assert facts["exp"] > facts["iat"]
        assert facts["sub"]


def test_aud_is_the_resource_that_was_granted(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    server = ResourceServer.make(any_site, resource=REPORTS, organization=owner.organization)
    assert server.introspect(app.connect(owner, resource=REPORTS).access_token).json["aud"] == REPORTS
    here = f"{any_site.url}/api/v1"
    assert server.introspect(app.connect(owner, resource=here).access_token).json["aud"] == here


def test_an_app_learns_about_its_own_tokens_alone(any_site: Site) -> None:
    owner, app, other = any_site.owner(), any_site.partner_app(), any_site.partner_app()
    own, foreign = app.connect(owner), other.connect(owner)
    assert _ask(any_site, app, own.access_token) == {"active": True} | _ask(any_site, app, own.access_token)
    for token in (*foreign.pair, "uaa_at_unknown", "x"):
        assert _ask(any_site, app, token) == {"active": False}


def test_a_public_client_learns_nothing(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app(public=True)
    tokens = app.connect(owner)
    for path in PATHS:
        answer = any_site.post(path, data={"client_id": app.client_id, "token": tokens.access_token})
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", PATHS)
def test_a_token_that_has_ended_is_told_as_inactive_and_nothing_else(any_site: Site, path: str) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    server = ResourceServer.make(any_site, resource=None, organization=owner.organization)
    tokens = app.connect(owner)
    owner.disconnect("Partner")
    for token in tokens.pair:
        assert server.introspect(token, path=path).json == {"active": False}


def test_a_suspended_resource_server_learns_nothing(any_site: Site) -> None:
    from app.services import clients

    owner, app = any_site.owner(), any_site.partner_app()
    server = ResourceServer.make(any_site, resource=None, organization=owner.organization)
    tokens = app.connect(owner)
    with any_site.rules():
        clients.suspend(clients.get(server.client_id))
    assert server.introspect(tokens.access_token).json == {"active": False}


def test_it_is_made_on_the_command_line(site: Site) -> None:
    owner, app = site.owner(), site.partner_app()
    run = site.app.test_cli_runner()
    made = run.invoke(
        args=["resource-servers", "create", "--organization", owner.organization, "--name", "Reports", "--resource", REPORTS]
    )
    assert made.exit_code == 0, made.output
    answer = json.loads(made.stdout)
    assert list(answer) == ["client_id", "client_secret", "name", "resource"]
    assert (answer["name"], answer["resource"]) == ("Reports", REPORTS)
    server = ResourceServer(site, client_id=answer["client_id"], secret=answer["client_secret"], resource=REPORTS)
    assert server.accepts(app.connect(owner, resource=REPORTS).access_token)


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        (REPORTS, "conflict"),
        (f"{REPORTS}/", "conflict"),
        ("http://127.0.0.1:8000/api", "conflict"),
        ("reports.example", "invalid"),
        ("http://reports.example", "invalid"),
        ("https://reports.example/#x", "invalid"),
        ("https://me@reports.example/", "invalid"),
        ("https://reports.example/ x", "invalid"),
        ("https://[::1", "invalid"),
    ],
)
def test_an_address_that_can_not_be_a_resource_is_refused(site: Site, resource: str, error: str) -> None:
    owner = site.owner()
    ResourceServer.make(site, resource=REPORTS, organization=owner.organization)
    run = site.app.test_cli_runner()
    made = run.invoke(
        args=["resource-servers", "create", "--organization", owner.organization, "--name", "R", "--resource", resource]
    )
    assert (made.exit_code, json.loads(made.stderr)["error"]) == (1, error)


def _ask(site: Site, app: object, token: str) -> dict[str, object]:
    credentials = (getattr(app, "client_id"), getattr(app, "secret"))  # noqa: B009
    answer: dict[str, object] = site.post("/uaa/oauth/introspect", data={"token": token}, auth=credentials).json
    return answer
