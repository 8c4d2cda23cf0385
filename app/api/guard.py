"""Who calls, how often they may, and whether they may do this."""

import base64

from flask import Request

from ..errors import Forbidden, Unauthorized
from ..here import this_app
from ..models import LimitClass
from ..services import callers, rate_limits
from ..services.callers import Caller
from ..services.rate_limits import Window
from ..settings import Settings


class CredentialMissing(Unauthorized):
    """No credential at all: no error code in the challenge (RFC 6750 section 3.1)."""

    detail = "Send an access token or API key: 'Authorization: Bearer ...', or an API key as the Basic password."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": f"Bearer {_challenge()}"}


class CredentialInvalid(Unauthorized):
    """Unknown, expired, revoked or disconnected; which of these is not said."""

    code, detail = "invalid_token", "The access token or API key is unknown, expired or no longer valid."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": f'Bearer {_challenge()}, error="{self.code}", error_description="{self.detail}"'}


class InsufficientScope(Forbidden):
    """:param scope: the one scope that is missing (RFC 6750 section 3.1)."""

    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This method needs the scope '{scope}', which the credential does not have.")
        self.scope = scope

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": f'Bearer {_challenge()}, error="{self.code}", scope="{self.scope}"'}


def identify(request: Request) -> Caller:
    """Who calls.

    :raises Unauthorized: there is no credential, or it is not valid.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    scheme, value = scheme.lower(), value.strip()
    if scheme == "bearer" and value:
        secret: str | None = value
    elif scheme == "basic" and value:
        # Yespo's own libraries send any user name, also none, and the API key as the password.
        secret = _basic_password(value)
    else:
        raise CredentialMissing
    caller = callers.find(secret, issuer=this_app().config["SETTINGS"].issuer) if secret else None
    if caller is None:
        raise CredentialInvalid
    return caller


def _basic_password(value: str) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


def take(caller: Caller, limit: LimitClass) -> Window:
    """Count the call.

    :raises TooManyRequests: the caller's window is used up.
    """
    app = this_app()
    settings: Settings = app.config["SETTINGS"]
    own = app.extensions["own_limits"].of_call(limit, caller)
    rate = own or getattr(settings, f"rate_limit_{limit.value}")
    return rate_limits.take(app.extensions["counters"], rate, limit.value, caller.credential)


def require(caller: Caller, scope: str | None) -> None:
    """:raises InsufficientScope: naming the one that is missing."""
    if scope is None or scope in caller.scopes:
        return
    raise InsufficientScope(scope)


def _challenge() -> str:
    issuer = this_app().config["SETTINGS"].issuer
    return f'realm="api", resource_metadata="{issuer}/.well-known/oauth-protected-resource"'
