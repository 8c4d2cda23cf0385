"""Authlib's authorization server, told where this product's clients, codes and tokens are."""

import hashlib
from typing import Any

import orjson
from authlib.integrations.flask_oauth2 import AuthorizationServer as AuthlibServer
from authlib.oauth2.rfc6749 import InvalidClientError, UnauthorizedClientError
from flask import Flask, Response
from flask import request as flask_request

from ..services import codes, token_clients, tokens
from ..services.tokens import Lifetimes
from ..settings import Settings
from .adapters import AuthlibClient
from .grants import CodeGrant, RefreshGrant, S256Challenge
from .token_request import TokenRequest

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class AuthorizationServer(AuthlibServer):
    """The authorization server of RFC 6749 for this product."""

    lifetimes: Lifetimes

    def create_oauth2_request(self, request: Any) -> TokenRequest:
        return TokenRequest(flask_request)

    def authenticate_client(self, request: TokenRequest, methods: Any, endpoint: str = "token") -> AuthlibClient:
        """Recognize the client, reading what it presents along with it.

        :raises InvalidClientError: it is unknown, or its secret doesn't fit.
        """
        presented = request.presented
        client = self._look_up(request)
        if client is None or (not client.is_public and client.secret_id is None):
            raise InvalidClientError(status_code=401, description="The client is unknown or its secret is wrong.")
        if client.is_public and presented.secret is not None:
            raise InvalidClientError(status_code=401, description="A public client has no secret.")
        if client.suspended_at is not None:
            raise UnauthorizedClientError("The app is suspended.")
        request.auth_method = presented.method
        return AuthlibClient(client)

    def _look_up(self, request: TokenRequest) -> token_clients.TokenClient | None:
        who = request.presented
        code, refresh_token = request.form.get("code"), request.form.get("refresh_token")
        if request.payload.grant_type == CodeGrant.GRANT_TYPE and code:
            client, request.found = codes.look_up(who.client_id, who.secret, code)
        elif request.payload.grant_type == RefreshGrant.GRANT_TYPE and refresh_token:
            client, request.found, request.claim = tokens.look_up(who.client_id, who.secret, refresh_token, self.lifetimes)
        else:
            client = token_clients.look_up(who.client_id, who.secret)
        return client

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> Response:
        body = orjson.dumps(dict(payload)) if isinstance(payload, dict | list) else payload
        response = Response(body, status=status_code, mimetype="application/json")
        response.headers.update(headers)
        response.headers.update(NO_STORE)
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens to Authlib's signals here."""


def create_server(app: Flask) -> AuthorizationServer:
    """The server for ``app``, with the grants that it offers."""
    settings: Settings = app.config["SETTINGS"]
    server = AuthorizationServer()
    server.lifetimes = Lifetimes(
        access=settings.access_token_ttl,
        refresh=settings.refresh_token_ttl,
        grace=settings.refresh_grace,
        keys=[hashlib.sha256(f"refresh token {key}".encode()).digest() for key in settings.keys],
    )
    server.register_grant(CodeGrant, [S256Challenge(required=True)])
    server.register_grant(RefreshGrant)
    return server
