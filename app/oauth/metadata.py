"""What the server says of itself: RFC 8414 for the authorization server, RFC 9728 for the API that it guards."""

from typing import Any

from flask import Response, current_app, jsonify, url_for

from .. import scopes
from ..settings import Settings
from .blueprint import oauth
from .grants import GRANT_TYPES

CONFIDENTIAL_METHODS = ("client_secret_basic", "client_secret_post")


@oauth.get("/.well-known/oauth-authorization-server")
def authorization_server_metadata() -> Response:
    """RFC 8414."""
    settings: Settings = current_app.config["SETTINGS"]
    return _public(
        {
            "issuer": settings.issuer,
            "authorization_endpoint": _address("oauth.authorize"),
            "token_endpoint": _address("oauth.token"),
            "revocation_endpoint": _address("oauth.revoke"),
            "introspection_endpoint": _address("oauth.introspect"),
            "scopes_supported": list(scopes.GRANTABLE),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANT_TYPES),
            "token_endpoint_auth_methods_supported": [*CONFIDENTIAL_METHODS, "none"],
            "revocation_endpoint_auth_methods_supported": [*CONFIDENTIAL_METHODS, "none"],
            "introspection_endpoint_auth_methods_supported": list(CONFIDENTIAL_METHODS),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": settings.client_id_metadata_documents,
            "protected_resources": [settings.issuer],
        }
    )


@oauth.get("/.well-known/oauth-protected-resource")
def protected_resource_metadata() -> Response:
    """RFC 9728. Without ``scopes_supported``: MCP clients ask for everything that it lists."""
    settings: Settings = current_app.config["SETTINGS"]
    return _public(
        {
            "resource": settings.issuer,
            "authorization_servers": [settings.issuer],
            "bearer_methods_supported": ["header"],
        }
    )


def _address(endpoint: str) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.issuer + url_for(endpoint)


def _public(document: dict[str, Any]) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=3600"
    # Clients that run in a browser read it too; there is nothing secret in it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
