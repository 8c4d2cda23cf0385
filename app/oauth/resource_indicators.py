"""Resource indicators (RFC 8707): the errors of ``resource``, and that a token request stays within what was granted."""

from authlib.oauth2.rfc6749 import OAuth2Error

from ..services import resources
from ..words import N_
from .token_request import TokenRequest


class InvalidTargetError(OAuth2Error):
    """RFC 8707 section 2."""

    error = "invalid_target"
    description = N_("The resource asked for is not known to this server.")


def require_granted(request: TokenRequest, granted: str | None, *, issuer: str) -> None:
    """:raises InvalidTargetError: the request asks for a resource that the owner did not grant."""
    if not resources.is_within(request.resources, granted, issuer=issuer):
        raise InvalidTargetError(N_("The resource asked for is not the one that was granted."))
