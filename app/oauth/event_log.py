"""Tells an app's developers, in its event log, why its requests failed. The answers themselves say less."""

import logging
from contextlib import suppress
from typing import Any

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from ..database import unit_of_work
from ..here import this_request
from ..metrics import ERRORS
from ..models import Client
from ..services import client_events, token_clients
from ..services.rate_limits import Exceeded
from ..services.token_clients import TokenClient
from ..words import N_, sentence
from . import client_authentication
from .authorization_request import UntrustedRequest
from .token_request import TokenRequest

# What Authlib itself says at the token endpoint.
_AUTHLIBS = (
    N_("Missing 'code' in request."), N_("Invalid 'code' in request."), N_("Invalid 'redirect_uri' in request."),
    N_("Missing 'refresh_token' in request."), N_("Missing 'code_verifier'"), N_("Invalid 'code_verifier'"),
    N_("Code challenge failed."), N_("The client is not authorized to use 'grant_type=%(name)s'"),
)  # fmt: skip

# By the name of the limit that was used up.
_LIMITED = {
    client_authentication.REQUESTS: N_("The app has used up its limit of token requests, %(limit)s."),
    client_authentication.FAILURES: N_(
        "The address that asked has used up the limit of requests with an unknown client or a wrong secret, %(limit)s."
    ),
}

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


def record_limited(request: TokenRequest, exceeded: Exceeded) -> None:
    """A request that nobody looked at, because its client, or the address that it came from, asks too often."""
    client_id = request.claimed_client_id
    if not client_id:
        return
    is_own = exceeded.limit == client_authentication.REQUESTS
    rate = client_authentication.rate_of(client_id) if is_own else current_app.config["SETTINGS"].rate_limit_token
    cause = sentence(_LIMITED[exceeded.limit], limit=str(rate))
    try:
        with unit_of_work():
            client_events.record_limited(
                current_app.extensions["counters"], client_id, endpoint="token", error="temporarily_unavailable",
                cause=cause, address=this_request().remote_addr or "",
            )  # fmt: skip
    except SQLAlchemyError as problem:
        _not_written(problem)


def record_wrong_method() -> None:
    """A request to the token, revocation or introspection endpoint that was no POST, when it names its app."""
    client = None
    with suppress(HTTPException):  # its body may be larger than anybody reads
        client = _named_in(TokenRequest(this_request(), reads_query=True))
    if client is not None:
        _record(client.id, "token", "invalid_request", N_("Token requests are sent by POST; this one was not."))


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
        _not_written(problem)


def _not_written(problem: SQLAlchemyError) -> None:
    # The app's answer matters more than its log.
    log.warning("event log not written: %s", type(problem).__name__)
