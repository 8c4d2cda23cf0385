"""Authlib's authorization server, told where this product's clients, codes and tokens are."""

import hashlib
from typing import Any

import orjson
from authlib.integrations.flask_oauth2 import AuthorizationServer as AuthlibServer
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, UnsupportedGrantTypeError
from flask import Flask, Response

from ..application import ProgramResponse
from ..here import this_app, this_request
from ..metrics import TOKENS, Metrics
from ..services import codes, token_clients, token_facts, tokens
from ..services.rate_limits import Exceeded
from ..services.token_clients import TokenClient
from ..services.token_pairs import Lifetimes
from ..settings import Settings
from ..words import N_, sentence
from . import at_once, client_authentication, event_log
from .adapters import AuthlibClient
from .grants import GRANT_TYPES, CodeGrant, RefreshGrant, S256Challenge, describe
from .introspection import IntrospectionEndpoint
from .revocation import RevocationEndpoint
from .token_request import TokenRequest

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class AuthorizationServer(AuthlibServer):
    """The authorization server of RFC 6749 for this product."""

    lifetimes: Lifetimes
    issuer: str

    def create_oauth2_request(self, request: Any) -> TokenRequest:
        return request if isinstance(request, TokenRequest) else self._read().check()

    @staticmethod
    def _read() -> TokenRequest:
        own = this_request()
        return TokenRequest(own, reads_query=own.endpoint == "oauth.token")

    def authenticate_client(self, request: TokenRequest, methods: Any, endpoint: str = "token") -> AuthlibClient:
        """Recognize the client, reading what it presents along with it.

        :raises InvalidClientError: it is unknown, or its secret doesn't fit. :raises TooManyRequests: it asks too often.
        """
        request.known_client = self._look_up(request, endpoint)
        in_query = endpoint == "token" and request.has_secrets_in_query
        client = client_authentication.verify(request.known_client, request.presented, secrets_in_query=in_query)
        request.auth_method = request.presented.method
        return AuthlibClient(client)

    def _look_up(self, request: TokenRequest, endpoint: str) -> TokenClient | None:
        who = request.presented
        if endpoint != "token":
            client, request.found = token_facts.look_up(
                who.client_id, who.secret, request.form.get("token", ""), keys=self.lifetimes.keys
            )
            return client
        code, refresh_token = request.form.get("code"), request.form.get("refresh_token")
        if request.payload.grant_type == CodeGrant.GRANT_TYPE and code:
            client, request.found = codes.look_up(who.client_id, who.secret, code)
        elif request.payload.grant_type == RefreshGrant.GRANT_TYPE and refresh_token:
            client, request.found, request.claim = tokens.look_up(who.client_id, who.secret, refresh_token, self.lifetimes)
        else:
            client = token_clients.look_up(who.client_id, who.secret)
        return client

    def get_token_grant(self, request: TokenRequest) -> Any:
        """The grant that the request names.

        :raises OAuth2Error: it names none, or one that this server doesn't offer.
        """
        if request.payload.grant_type is None:
            request.check_form()
            raise InvalidRequestError(N_("The parameter 'grant_type' is missing."))
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError:
            # Authlib's own sentence repeats what was sent, in whatever characters it came.
            description = sentence("Supported are: %(types)s.", types=", ".join(GRANT_TYPES))
            raise OAuth2Error(error="unsupported_grant_type", description=description) from None

    def create_token_response(self, request: Any = None) -> Response:
        """Answer a request of the token endpoint; errors that Authlib doesn't expect included."""
        metrics: Metrics = this_app().extensions["metrics"]
        try:
            asked = self.create_oauth2_request(request)
            pair = at_once.redeem(asked, self.lifetimes)
            if pair is not None:
                metrics.count(TOKENS, asked.form["grant_type"])
                return self.handle_response(200, describe(pair), ())
            response: Response = super().create_token_response(asked)
            if response.status_code == 200:
                metrics.count(TOKENS, asked.payload.grant_type)
        except OAuth2Error as error:
            return self._refuse(error)
        except Exceeded as exceeded:
            event_log.record_limited(self._read(), exceeded)
            raise
        return response

    def create_endpoint_response(self, name: str, request: Any = None) -> Response:
        """Answer a request of the revocation or introspection endpoint."""
        try:
            response: Response = super().create_endpoint_response(name, request)
        except OAuth2Error as error:
            return self._refuse(error)
        except Exceeded as exceeded:
            event_log.record_limited(self._read(), exceeded)
            raise
        return response

    def _refuse(self, error: OAuth2Error) -> Response:
        """Answer an error at a place where Authlib expects none."""
        event_log.record_token_error(self._read(), error)
        return self.handle_response(*error())

    def handle_error_response(self, request: TokenRequest, error: OAuth2Error) -> Response:
        event_log.record_token_error(request, error)
        response: Response = super().handle_error_response(request, error)
        return response

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> Response:
        body = orjson.dumps(dict(payload)) if isinstance(payload, dict | list) else payload.encode()
        kept = {name: value for name, value in headers if name != "Content-Type"}
        if "WWW-Authenticate" in kept:
            # Authlib leaves the realm out, which RFC 7617 section 2 requires.
            kept["WWW-Authenticate"] = kept["WWW-Authenticate"].replace("Basic ", 'Basic realm="uaa", ', 1)
        return ProgramResponse(body, status_code, (kept | NO_STORE).items())

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens to Authlib's signals here."""


def create_server(app: Flask) -> AuthorizationServer:
    """The server for ``app``, with the grants that it offers."""
    settings: Settings = app.config["SETTINGS"]
    server = AuthorizationServer()
    server.issuer = settings.issuer
    server.lifetimes = Lifetimes(
        access=settings.access_token_ttl,
        refresh=settings.refresh_token_ttl,
        grace=settings.refresh_grace,
        family=settings.family_max_age,
        keys=[hashlib.sha256(f"refresh token {key}".encode()).digest() for key in settings.keys],
    )
    server.register_grant(CodeGrant, [S256Challenge(required=True)])
    server.register_grant(RefreshGrant)
    server.register_endpoint(RevocationEndpoint)
    server.register_endpoint(IntrospectionEndpoint)
    return server
