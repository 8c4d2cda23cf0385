"""What the server says of itself (RFC 8414, RFC 9728) is so."""

from urllib.parse import urlsplit

from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site


def test_the_endpoints_named_are_the_ones_that_work(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    document = site.get("/.well-known/oauth-authorization-server").json
    assert document["issuer"] == site.url
    for name, address in document.items():
        if name.endswith("_endpoint"):
            assert address.startswith(site.url + "/")
            assert site.send("POST", urlsplit(address).path).status != 404
    link = partner_app.authorize_link(path=urlsplit(document["authorization_endpoint"]).path)
    assert owner.approve(link).parameters["iss"] == document["issuer"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])


def test_the_api_names_its_authorization_server(site: Site) -> None:
    refused = site.get("/api/v1/version")
    assert refused.status == 401
    address = f'resource_metadata="{site.url}/.well-known/oauth-protected-resource"'
    assert address in refused.headers["WWW-Authenticate"]
    document = site.get("/.well-known/oauth-protected-resource").json
    assert document["resource"] == site.url
    assert document["authorization_servers"] == [site.url]
    assert "scopes_supported" not in document
