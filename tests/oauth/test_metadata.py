"""What the server says of itself (RFC 8414, RFC 9728) is so, to the last field."""

import json
from urllib.parse import urlsplit

import pytest

from app import scopes, secret_values
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Proof
from tests.support.sites import Site

SERVER, RESOURCE = "/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"


def described(site: Site) -> dict[str, list[str]]:
    document: dict[str, list[str]] = site.get(SERVER).json
    return document


def post_as(app: PartnerApp, method: str, path: str, **fields: str) -> Answer:
    """Post ``fields`` with the client authentication ``method``, as the metadata names it."""
    auth = (app.client_id, app.secret or "") if method == "client_secret_basic" else None
    if method == "client_secret_post":
        fields |= {"client_id": app.client_id, "client_secret": app.secret or ""}
    if method == "none":
        fields |= {"client_id": app.client_id}
    return app.site.post(path, data=fields, auth=auth)


def path_of(site: Site, name: str) -> str:
    address = described(site)[name]
    assert isinstance(address, str)
    assert address.startswith(site.url + "/")
    return urlsplit(address).path


def app_for(site: Site, method: str) -> PartnerApp:
    return site.partner_app(public=method == "none")


@pytest.mark.parametrize("address", [SERVER, RESOURCE])
def test_the_documents_are_public_json_without_empty_members(site: Site, address: str) -> None:
    answer = site.get(address)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert all(value not in (None, [], "") for value in json.loads(answer.text).values())


@pytest.mark.settings(base_url="https://uaa.example/")
def test_the_issuer_is_the_public_address_without_a_slash_at_the_end(site: Site) -> None:
    document = site.get(SERVER).json
    assert document["issuer"] == "https://uaa.example"
    assert document["token_endpoint"].startswith("https://uaa.example/uaa/")


def test_the_issuer_in_the_callback_is_the_one_of_the_metadata(owner: Owner, partner_app: PartnerApp, site: Site) -> None:
    document = site.get(SERVER).json
    assert document["authorization_response_iss_parameter_supported"] is True
    for answer in (owner.refuse(partner_app.authorize_link()), owner.approve(partner_app.authorize_link())):
        assert answer.parameters["iss"] == document["issuer"]


def test_every_endpoint_listed_answers_the_way_it_should(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    endpoints = sorted(name for name in described(site) if name.endswith("_endpoint"))
    assert endpoints == ["authorization_endpoint", "introspection_endpoint", "revocation_endpoint", "token_endpoint"]
    assert "code" in owner.approve(partner_app.authorize_link(path=path_of(site, "authorization_endpoint"))).parameters
    assert not [name for name in endpoints if "#" in described(site)[name]]
    for name in endpoints[1:]:
        refused = site.get(path_of(site, name))
        assert (refused.status, refused.headers["Allow"].split(", ").count("POST")) == (405, 1)
        assert site.post(path_of(site, name)).json["error"] in ("invalid_client", "invalid_request")


def test_every_authentication_method_listed_for_tokens_works(site: Site, owner: Owner) -> None:
    methods = described(site)["token_endpoint_auth_methods_supported"]
    assert methods
    for method in methods:
        app, proof = app_for(site, method), Proof.new()
        code = app.code_from(owner, **proof.parameters)
        exchanged = post_as(
            app, method, path_of(site, "token_endpoint"), grant_type="authorization_code", code=code,
            redirect_uri=app.callback, code_verifier=proof.verifier,
        )  # fmt: skip
        assert exchanged.status == 200, method


def test_every_authentication_method_listed_for_revocation_works(site: Site, owner: Owner) -> None:
    for method in described(site)["revocation_endpoint_auth_methods_supported"]:
        app = app_for(site, method)
        tokens = app.connect(owner)
        assert post_as(app, method, path_of(site, "revocation_endpoint"), token=tokens.refresh_token).status == 200
        assert app.version(tokens).status == 401, method


def test_every_authentication_method_listed_for_introspection_works_and_no_other(site: Site, owner: Owner) -> None:
    listed = described(site)["introspection_endpoint_auth_methods_supported"]
    for method in listed:
        app = app_for(site, method)
        tokens = app.connect(owner)
        answer = post_as(app, method, path_of(site, "introspection_endpoint"), token=tokens.access_token)
        assert answer.json["active"] is True, method
    assert "none" not in listed
    public = app_for(site, "none")
    tokens = public.connect(owner)
    assert post_as(public, "none", path_of(site, "introspection_endpoint"), token=tokens.access_token).status == 401


def test_every_grant_listed_works_and_no_other(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    assert described(site)["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert partner_app.refresh(partner_app.connect(owner)).status == 200
    others = (
        "password",
        "client_credentials",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "AUTHORIZATION_CODE",
    )
    for grant_type in others:
        refused = partner_app.ask({"grant_type": grant_type, "username": owner.email, "password": owner.password})
        assert (refused.status, refused.error) == (400, "unsupported_grant_type"), grant_type


def test_every_response_type_and_mode_listed_works_and_no_other(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    assert described(site)["response_types_supported"] == ["code"]
    assert described(site)["response_modes_supported"] == ["query"]
    approved = owner.approve(partner_app.authorize_link(response_mode="query"))
    assert "code" in approved.parameters
    assert "#" not in approved.location
    for response_type in ("token", "id_token", "code token", "none"):
        refused = owner.get(partner_app.authorize_link(response_type=response_type))
        assert refused.parameters["error"] == "unsupported_response_type"


def test_every_challenge_method_listed_works_and_no_other(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    assert described(site)["code_challenge_methods_supported"] == ["S256"]
    proof = Proof.new()
    code = partner_app.code_from(owner, **proof.parameters)
    assert partner_app.exchange(code, code_verifier=proof.verifier).status == 200
    for method in ("plain", "s256", "S512"):
        link = partner_app.authorize_link(code_challenge=proof.verifier, code_challenge_method=method)
        assert owner.get(link).parameters["error"] == "invalid_request"


def test_every_scope_listed_can_be_registered_and_asked_for(site: Site, owner: Owner) -> None:
    listed = described(site)["scopes_supported"]
    assert listed == list(scopes.GRANTABLE)
    app = site.partner_app(scope=" ".join(listed))
    for scope in listed:
        assert app.connect(owner, scope=scope, prompt="consent").scope == scope


def test_the_resource_and_the_server_name_each_other(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    """From a 401 of the API to its server and back (RFC 9728 section 5)."""
    refused = site.get("/api/v1/version")
    assert refused.status == 401
    assert f'resource_metadata="{site.url}{RESOURCE}"' in refused.headers["WWW-Authenticate"]
    assert "error" not in refused.headers["WWW-Authenticate"], "RFC 6750 section 3.1: there was no credential"
    resource = site.get(RESOURCE).json
    assert resource["authorization_servers"] == [site.get(SERVER).json["issuer"]]
    assert resource["resource"] in site.get(SERVER).json["protected_resources"]
    tokens = partner_app.connect(owner, resource=resource["resource"])
    assert partner_app.version(tokens).status == 200
    assert "scopes_supported" not in resource


def test_a_bad_token_is_shown_the_way_too(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    genuine = partner_app.connect(owner).access_token
    changed = genuine[:20] + ("0" if genuine[20] != "0" else "1") + genuine[21:]
    for token in ("nonsense", changed, secret_values.generate(secret_values.ACCESS_TOKEN)):
        refused = site.get("/api/v1/version", headers={"Authorization": f"Bearer {token}"})
        assert refused.status == 401
        assert "resource_metadata=" in refused.headers["WWW-Authenticate"]
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_tokens_are_taken_from_the_header_alone_as_the_resource_says(
    site: Site, owner: Owner, partner_app: PartnerApp
) -> None:
    assert site.get(RESOURCE).json["bearer_methods_supported"] == ["header"]
    token = partner_app.connect(owner).access_token
    assert site.get("/api/v1/version", headers={"Authorization": f"Bearer {token}"}).status == 200
    assert site.get("/api/v1/version", params={"access_token": token}).status == 401
    assert site.post("/api/v1/contact", data={"access_token": token}).status == 401


@pytest.mark.parametrize("on", [True, False])
def test_whether_clients_may_describe_themselves_is_said(make_app, on: bool) -> None:  # type: ignore[no-untyped-def]
    site = Site(make_app(client_id_metadata_documents=on))
    assert site.get(SERVER).json["client_id_metadata_document_supported"] is on
