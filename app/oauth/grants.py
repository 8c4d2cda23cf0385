"""The two grants of the token endpoint (RFC 6749 sections 4.1.3 and 6), PKCE (RFC 7636) included.

Authlib checks the request in the order of the RFC; what happens then is a rule: spend first, issue after.
"""

import re
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import current_app

from .. import scopes
from ..database import unit_of_work
from ..models import EndReason
from ..services import clients, tokens
from ..services.refusals import GrantRefused
from ..services.token_clients import TokenClient
from ..services.token_pairs import TokenPair
from ..words import N_
from .adapters import AuthlibClient, AuthlibCode, AuthlibFamily
from .resource_indicators import require_granted

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")  # RFC 7636 section 4.1

Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]


class RefusedGrantError(InvalidGrantError):
    """A rule's refusal in the RFC's words, with the reason why access ended, for the client that has just authenticated."""

    def __init__(self, refused: GrantRefused) -> None:
        super().__init__(refused.detail)
        self.error, self.reason = refused.code, refused.reason

    def get_body(self) -> list[tuple[str, str]]:
        body: list[tuple[str, str]] = super().get_body()
        return body + ([("reason", self.reason.value)] if self.reason else [])


class S256Challenge(CodeChallenge):
    """PKCE with S256 alone; ``plain`` protects nobody (RFC 9700 section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        verifier = grant.request.form.get("code_verifier")
        if verifier is not None and not VERIFIER.fullmatch(verifier):
            raise InvalidRequestError(N_("code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~."))
        try:
            super().validate_code_verifier(grant, result)
        except InvalidGrantError:
            raise InvalidGrantError(N_("The code_verifier does not fit the code_challenge of the code.")) from None


class OwnGrant:
    """What both grants ask of a client that has authenticated."""

    def authenticate_token_endpoint_client(self) -> AuthlibClient:
        client: AuthlibClient = super().authenticate_token_endpoint_client()  # type: ignore[misc]
        if client.client.is_resource_server:
            raise UnauthorizedClientError(N_("A resource server can not obtain tokens."))
        if client.client.suspended_at is not None:
            raise RefusedGrantError(GrantRefused(N_("The app is suspended."), reason=EndReason.APP_SUSPENDED))
        return client


class CodeGrant(OwnGrant, AuthorizationCodeGrant):
    """A code for the first pair of tokens."""

    def query_authorization_code(self, code: str, client: Any) -> AuthlibCode | None:
        found = self.request.found
        return AuthlibCode(found) if found is not None and found.client_id == client.client.id else None

    def create_token_response(self) -> Answer:
        code: AuthlibCode = self.request.authorization_code
        client: TokenClient = self.request.client.client
        require_granted(self.request, code.found.resource, issuer=self.server.issuer)
        self._check_left_out(code)
        try:
            with unit_of_work():
                pair = tokens.issue(code.found, self.request.form["code"], client, self.server.lifetimes)
        except GrantRefused as refused:
            raise RefusedGrantError(refused) from refused
        return 200, describe(pair), self.TOKEN_RESPONSE_HEADER

    def _check_left_out(self, code: AuthlibCode) -> None:
        """Where the code went when the authorization request didn't say it: to the app's only callback.

        :raises InvalidGrantError: the token request says that it went elsewhere.
        """
        sent = self.request.form.get("redirect_uri")
        if sent and code.found.redirect_uri is None and not clients.has_callback(code.found.client_id, sent):
            raise InvalidGrantError(N_("Invalid 'redirect_uri' in request."))


class RefreshGrant(OwnGrant, RefreshTokenGrant):
    """A refresh token for the next pair. A ``code`` beside it, as in Yespo's documentation, is ignored."""

    def authenticate_refresh_token(self, refresh_token: str) -> AuthlibFamily | None:
        found = self.request.found
        if found is None or self.request.claim is None or found.client_id != self.request.client.client.id:
            raise InvalidGrantError(N_("The refresh token is not valid, or another client's."))
        return AuthlibFamily(found)

    def create_token_response(self) -> Answer:
        request = self.request
        if not scopes.is_well_formed(request.form.get("scope", "")):
            raise InvalidScopeError
        require_granted(request, request.refresh_token.found.resource, issuer=self.server.issuer)
        try:
            with unit_of_work():
                pair = tokens.rotate(
                    request.refresh_token.found, request.claim, request.form["refresh_token"], request.client.client,
                    scope=request.form.get("scope"), lifetimes=self.server.lifetimes,
                )  # fmt: skip
        except GrantRefused as refused:
            raise RefusedGrantError(refused) from refused
        current_app.extensions["tally"].count_refresh(request.client.client.id)
        return 200, describe(pair), self.TOKEN_RESPONSE_HEADER


def describe(pair: TokenPair) -> dict[str, Any]:
    """The successful answer (RFC 6749 section 5.1), with ``token_type`` in small letters as Yespo sends it."""
    return {
        "access_token": pair.access_token,
        "token_type": "bearer",
        "refresh_token": pair.refresh_token,
        "scope": pair.scope,
        "expires_in": pair.expires_in,
        "refresh_token_expires_in": pair.refresh_expires_in,
    }


GRANT_TYPES = (CodeGrant.GRANT_TYPE, RefreshGrant.GRANT_TYPE)
