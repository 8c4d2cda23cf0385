"""What a client metadata document and its address must be like (draft-ietf-oauth-client-id-metadata-document-02)."""

import json
from typing import Any

import pytest

from app.outbound import Fetched
from app.services import client_documents
from app.services.client_documents import ClientDocument, DocumentRefused

ADDRESS = "https://client.example/app.json"
USUAL: dict[str, Any] = {
    "client_id": ADDRESS,
    "client_name": "Assistant",
    "redirect_uris": ["http://127.0.0.1:3000/callback", "https://client.example/callback"],
    "token_endpoint_auth_method": "none",
}


def understand(status: int = 200, headers: dict[str, str] | None = None, **members: Any) -> ClientDocument:
    document = {name: value for name, value in (USUAL | members).items() if value is not None}
    return read(json.dumps(document).encode(), status, headers)


def read(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> ClientDocument:
    return client_documents.understand(
        ADDRESS, Fetched(status, {"content-type": "application/json"} | (headers or {}), body)
    )


@pytest.mark.parametrize(
    "address",
    [ADDRESS, "https://client.example:8443/app.json", "https://client.example/a/.well-known/b", "https://client.example/a/",
     "https://xn--bcher-kva.example/app", "https://client.example/a...b", "https://client.example/%41"],
)  # fmt: skip
def test_an_address_by_the_draft_is_taken(address: str) -> None:
    assert client_documents.check_address(address)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://client.example", "no path"),
        ("https://client.example/", "no path"),
        ("https://client.example/app#", "fragment"),
        ("https://client.example/app#part", "fragment"),
        ("https://client.example/app?", "query"),
        ("https://client.example/app?x=1", "query"),
        ("https://user@client.example/app", "user name"),
        ("https://user:pass@client.example/app", "user name"),
        ("https://@client.example/app", "user name"),
        ("https://client.example/./app", "dot segments"),
        ("https://client.example/a/../app", "dot segments"),
        ("https://client.example/a/..", "dot segments"),
        ("https://client.example/a/%2e%2E/app", "dot segments"),
        ("https://client.example/a/.%2e/app", "dot segments"),
        ("https://client.example/" + "a" * 500, "longer"),
        ("https://client.example/a b", "encoded"),
        ("https://client.example/a\nb", "encoded"),
        ("https://client.example/a\x00b", "encoded"),
        ("https://client.example\\@evil.example/a", "encoded"),
        ("https://client.exämple/a", "encoded"),
        ("https://client.example:port/a", "not an https address"),
        ("https:///app", "not an https address"),
        ("https://[::1/app", "not an https address"),
    ],
)
def test_any_other_address_is_refused_with_the_reason(address: str, reason: str) -> None:
    with pytest.raises(DocumentRefused, match=reason):
        client_documents.check_address(address)


def test_an_acceptable_document_is_understood() -> None:
    document = understand(scope="UseEvents openid", client_name="  My   assistant ")
    assert document == ClientDocument(ADDRESS, "My assistant", tuple(USUAL["redirect_uris"]), "UseEvents", 3600)


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/client+JSON"])
def test_json_by_any_of_its_names_is_read(media_type: str) -> None:
    assert understand(headers={"content-type": media_type}).name == "Assistant"


@pytest.mark.parametrize("media_type", ["", "text/html", "text/json", "application/jsonp", "application/x+json/y", "+json"])
def test_another_content_type_is_refused(media_type: str) -> None:
    with pytest.raises(DocumentRefused, match="Content-Type"):
        understand(headers={"content-type": media_type})


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 404, 500])
def test_any_status_but_200_is_refused(status: int) -> None:
    with pytest.raises(DocumentRefused, match=f"status {status}, not 200"):
        understand(status)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"<html>", b"[" * 4000, b'{"client_id": NaN}', b"\xef\xbb\xbf{}"])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused, match="not JSON"):
        read(body)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"1"])
def test_json_that_is_not_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused, match="not a JSON object"):
        read(body)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"client_id": None}, "client_id"),
        ({"client_id": "https://client.example/other.json"}, "client_id"),
        ({"client_id": "https://client.example:443/app.json"}, "client_id"),
        ({"client_id": "HTTPS://client.example/app.json"}, "client_id"),
        ({"client_id": ADDRESS + "/"}, "client_id"),
        ({"client_id": [ADDRESS]}, "client_id"),
        ({"client_secret": "x"}, "client_secret"),
        ({"client_secret_expires_at": 0}, "client_secret"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": ["none"]}, "token_endpoint_auth_method"),
        ({"jwks": {"keys": [{"kty": "EC", "d": "x"}]}}, "private"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}, "symmetric"),
        ({"grant_types": ["client_credentials"]}, "grant_types"),
        ({"grant_types": "authorization_code"}, "grant_types"),
        ({"response_types": ["token"]}, "response_types"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": "https://client.example/callback"}, "redirect_uris"),
        ({"redirect_uris": [1]}, "redirect_uris"),
        ({"redirect_uris": [f"https://client.example/{n}" for n in range(21)]}, "more than 20"),
        ({"redirect_uris": ["http://client.example/callback"]}, "use https"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "none of its redirect_uris"),
        ({"redirect_uris": ["https://client.example/#x"]}, "fragment"),
        ({"redirect_uris": ["https://*.client.example/"]}, "wildcards"),
        ({"client_name": ""}, "client_name"),
        ({"client_name": " "}, "client_name"),
        ({"client_name": "x" * 81}, "client_name"),
        ({"client_name": "left\u202eright"}, "client_name"),
        ({"client_name": 7}, "client_name"),
        ({"scope": ["UseEvents"]}, "scope"),
    ],
)
def test_a_document_against_the_rules_is_refused_with_the_reason(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(DocumentRefused, match=reason):
        understand(**members)


def test_public_keys_are_no_reason_to_refuse() -> None:
    assert understand(jwks={"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}, jwks_uri=f"{ADDRESS}/keys")


def test_callbacks_for_other_servers_are_left_out() -> None:
    """One document serves many servers; Cursor's, for one, lists a scheme that RFC 8252 section 7.1 doesn't have."""
    document = understand(redirect_uris=["cursor://anysphere.cursor-mcp/callback", "com.example.app:/callback"])
    assert document.callback_urls == ("com.example.app:/callback",)


def test_a_client_without_a_name_is_called_by_its_host() -> None:
    assert understand(client_name=None).name == "client.example"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 3600),
        ({"cache-control": "max-age=7200"}, 7200),
        ({"cache-control": 'public, Max-Age="7200"'}, 7200),
        ({"cache-control": "max-age=7200", "age": "200"}, 7000),
        ({"cache-control": "max-age=0"}, 300),
        ({"cache-control": "max-age=7200", "age": "99999"}, 300),
        ({"cache-control": "no-store"}, 300),
        ({"cache-control": "private, no-cache, max-age=7200"}, 300),
        ({"cache-control": "max-age=31536000"}, 86400),
        ({"cache-control": "max-age=999999999999999999"}, 86400),
        ({"cache-control": "s-maxage=1, x-max-age=2"}, 3600),
        ({"cache-control": "max-age=-5"}, 3600),
    ],
)
def test_a_document_is_kept_as_long_as_its_server_says_within_bounds(headers: dict[str, str], seconds: int) -> None:
    assert understand(headers=headers).keep_for == seconds
