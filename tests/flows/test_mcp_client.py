"""The story of an MCP client: it knows an API's address and its own, and finds everything else by itself."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.document_host import DocumentHost
from tests.support.partner_app import Proof
from tests.support.sites import Site

CALLBACK = "http://127.0.0.1:33418/"


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentHost]:
    host = DocumentHost(tmp_path_factory.mktemp("host"))
    yield host
    host.close()


@pytest.mark.settings(client_id_metadata_documents=True, base_url="https://api.example")
def test_a_client_that_nobody_registered_finds_its_way_from_a_401_to_a_call(any_site: Site, host: DocumentHost) -> None:
    any_site.app.extensions["outbound"] = host.outbound()
    client_id = host.describe(client_name="Desk assistant", redirect_uris=["http://127.0.0.1/", "http://localhost/"])
    owner = any_site.owner()
    call = f"{any_site.url}/api/v1/contacts"

    refused = any_site.get(call)
    assert refused.status == 401
    resource_metadata = re.search(r'resource_metadata="([^"]+)"', refused.headers["WWW-Authenticate"])
    assert resource_metadata is not None

    resource = any_site.get(resource_metadata[1]).json
    assert call.startswith(resource["resource"])
    issuer = resource["authorization_servers"][0]
    server = any_site.get(f"{issuer}/.well-known/oauth-authorization-server").json
    assert server["issuer"] == issuer
    assert server["client_id_metadata_document_supported"] is True
    assert "none" in server["token_endpoint_auth_methods_supported"]
    assert server["code_challenge_methods_supported"] == ["S256"]

    def authorize(**parameters: str) -> dict[str, str]:
        link = {
            "response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "state": "s1",
            "resource": resource["resource"],
        }  # fmt: skip
        answer = owner.approve(f"{server['authorization_endpoint']}?{urlencode(link | proof.parameters | parameters)}")
        assert answer.location.startswith(CALLBACK)
        assert (answer.parameters["state"], answer.parameters["iss"]) == ("s1", issuer)
        return answer.parameters

    def token(**parameters: str) -> Any:
        sent = {"client_id": client_id, "resource": resource["resource"]} | parameters
        return any_site.post(server["token_endpoint"], data=sent).json

    proof = Proof.new()
    code = authorize()["code"]
    tokens = token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=proof.verifier)
    assert tokens["scope"] == "read:contacts read:activity"
    assert any_site.get(call, headers=_bearer(tokens)).json == []

    tokens = token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert any_site.get(call, headers=_bearer(tokens)).status == 200

    more = any_site.post(f"{any_site.url}/api/v1/contact", headers=_bearer(tokens), json={})
    assert more.status == 403
    missing = re.search(r'scope="([^"]+)"', more.headers["WWW-Authenticate"])
    assert missing is not None
    code = authorize(scope=f"{tokens['scope']} {missing[1]}")["code"]
    tokens = token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=proof.verifier)
    assert tokens["scope"].split() == ["read:contacts", "read:activity", "write:contacts"]
    assert host.asked == {"/app.json": 1}

    assert owner.disconnect("Desk assistant").status == 302
    assert any_site.get(call, headers=_bearer(tokens)).status == 401


def _bearer(tokens: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}
