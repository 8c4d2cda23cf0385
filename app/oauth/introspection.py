"""Introspection endpoint (RFC 7662): what a token is, for its own client and for resource servers."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint as AuthlibIntrospectionEndpoint

from ..services.token_facts import TokenFacts
from ..words import N_
from .adapters import AuthlibClient
from .revocation import require_token


class IntrospectionEndpoint(AuthlibIntrospectionEndpoint):
    """A confidential client learns about its own tokens, a resource server about any; others learn nothing."""

    def authenticate_token(self, request: Any, client: AuthlibClient) -> TokenFacts | None:
        if client.client.is_public:
            raise InvalidClientError(status_code=401, description=N_("Public clients can not introspect tokens."))
        require_token(request)
        facts: TokenFacts | None = request.found
        if facts is None or not facts.is_active or client.client.suspended_at is not None:
            return None
        return facts if client.client.is_resource_server or facts.client_id == client.client.client_id else None

    def create_introspection_payload(self, token: TokenFacts | None) -> dict[str, Any]:
        if token is None:
            return {"active": False}
        issuer = self.server.issuer
        return {
            "active": True,
            "scope": token.scope,
            "client_id": token.client_id,
            "token_type": "bearer",
            "sub": str(token.user_id),
            "organization": token.organization_id,
            "iss": issuer,
            "aud": token.resource or issuer,
            "iat": int(token.issued_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
        }
