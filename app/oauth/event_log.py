"""Tells an app's developers, in its event log, why its requests failed. The answers themselves say less."""

import logging
from typing import Any

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from ..database import unit_of_work
from ..metrics import ERRORS
from ..models import Client
from ..services import client_events, token_clients
from ..services.token_clients import TokenClient
from ..words import N_
from .authorization_request import UntrustedRequest
from .token_request import TokenRequest

# What Authlib itself says at the token endpoint.
_AUTHLIBS = (
    N_("Missing 'code' in request."), N_("Invalid 'code' in request."), N_("Invalid 'redirect_uri' in request."),
    N_("Missing 'refresh_token' in request."), N_("Missing 'code_verifier'"), N_("Invalid 'code_verifier'"),
    N_("Code challenge failed."), N_("The client is not authorized to use 'grant_type=%(name)s'"),
)  # fmt: skip

log = logging.getLogger("uaa.events")

# What people decide is not a failure of the app.
_EXPECTED = (AccessDeniedError.error, "login_required", "consent_required")


def record_untrusted(error: UntrustedRequest) -> None:
    """An authorization request that was not redirected, when the app is known."""
    current_app.extensions["metrics"].count(ERRORS, "authorize", "invalid_request")
    if error.client is not None:
        _record(error.client.id, "authorize", "invalid_request", error.hint, **error.detail)


def record_authorization_error(client: Client, error: OAuth2Error) -> None:
    """An error that was sent to the app's callback."""
    current_app.extensions["metrics"].count(ERRORS, "authorize", error.error or "server_error")
    if error.error not in _EXPECTED:
        _record(client.id, "authorize", error.error, error.get_error_description())


def record_token_error(request: TokenRequest, error: OAuth2Error) -> None:
    """A refused request at the token, revocation or introspection endpoint, when its client is known."""
    current_app.extensions["metrics"].count(ERRORS, "oauth", error.error or "server_error")
    client = request.known_client or _named_in(request)
    if client is None:
        return
    detail: dict[str, Any] = {"grant_type": request.payload.grant_type, "authentication": _method_of(request)}
    expected = getattr(request.found, "redirect_uri", None)
    if expected is not None and request.form.get("redirect_uri") != expected:
        detail |= {"received": request.form.get("redirect_uri", ""), "registered": [expected]}
    _record(client.id, "token", error.error, error.get_error_description(), **detail)


def _named_in(request: TokenRequest) -> TokenClient | None:
    """The client that a request names which was refused before anyone looked at who sent it."""
    client_id = request.claimed_client_id
    try:
        return token_clients.look_up(client_id, None) if client_id else None
    except SQLAlchemyError:
        return None


def _method_of(request: TokenRequest) -> str | None:
    try:
        return request.presented.method
    except OAuth2Error:
        return None


def _record(client_id: int, endpoint: str, error: str, cause: str, **detail: Any) -> None:
    try:
        with unit_of_work():
            client_events.record(
                current_app.extensions["counters"], client_id, endpoint=endpoint, error=error, cause=cause, **detail
            )
    except SQLAlchemyError as problem:
        # The app's answer matters more than its log.
        log.warning("event log not written: %s", type(problem).__name__)
