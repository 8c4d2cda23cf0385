"""Revocation endpoint (RFC 7009): a client gives a token back; a refresh token takes its family with it."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint as AuthlibRevocationEndpoint

from ..database import unit_of_work
from ..services import token_facts
from ..services.token_facts import TokenFacts
from ..words import N_


class RevocationEndpoint(AuthlibRevocationEndpoint):
    """Unknown tokens and those of other clients are answered like revoked ones: nothing is told (section 2.2)."""

    def authenticate_token(self, request: Any, client: Any) -> TokenFacts | None:
        require_token(request)
        facts: TokenFacts | None = request.found
        return facts if facts is not None and facts.client_id == client.client.client_id else None

    def revoke_token(self, token: TokenFacts, request: Any) -> None:
        with unit_of_work():
            token_facts.revoke(token)


def require_token(request: Any) -> None:
    """:raises InvalidRequestError: the parameter ``token`` is missing. ``token_type_hint`` is a hint, never a reason."""
    if "token" not in request.form:
        request.check_form()
        raise InvalidRequestError(N_("The parameter 'token' is missing."))
