"""The authorization request (RFC 6749 section 4.1.1): raw at first, then trusted as to where it came from, then checked.

Until client and callback are verified nothing is redirected (RFC 6749 section 4.1.2.1); afterwards every error is.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, OAuth2Error, UnauthorizedClientError
from werkzeug.datastructures import MultiDict

from .. import scopes
from ..models import Client
from ..services import callbacks, described_clients, resources
from ..services.client_documents import DocumentRefused
from ..services.resources import InvalidTarget
from ..words import N_, sentence
from . import client_lookup, test_callback
from .resource_indicators import InvalidTargetError

ONCE = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    "prompt", "login_hint",
)  # fmt: skip
_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class UntrustedRequest(Exception):
    """The request can't be answered with a redirect: the client or its callback is not known.

    :param title: what is wrong, for the person in front of the browser. :param hint: for the app's developer.
    """

    def __init__(self, title: str, sentence: str, hint: str, *, client: Client | None = None, **detail: Any) -> None:
        super().__init__(sentence)
        self.title, self.sentence, self.hint = title, sentence, hint
        self.client, self.detail = client, detail


@dataclass(frozen=True)
class AuthorizationRequest:
    """An authorization request whose client and callback are verified.

    :param redirect_uri: where the answer goes. :param stated_redirect_uri: as the request had it, None when left out.
    :param scope: what the app asks for; all that it registered when it didn't say.
    :param resource_server: whom the tokens are for, when not for this API (RFC 8707).
    """

    client: Client
    redirect_uri: str
    stated_redirect_uri: str | None
    state: str | None
    scope: str = ""
    code_challenge: str | None = None
    resource: str | None = None
    resource_server: Client | None = None
    prompt: frozenset[str] = frozenset()
    login_hint: str | None = None

    @property
    def digest(self) -> str:
        """Names what the consent page shows of it, part of which is the app's own and may change while one reads."""
        shown = (self.client.shown_name, self.client.made_by, self.redirect_uri, self.scope, self.resource or "")
        return hashlib.sha256("\n".join(shown).encode()).hexdigest()


def trust(parameters: MultiDict[str, str]) -> AuthorizationRequest:
    """Verify who asks and where the answer may go.

    :raises UntrustedRequest: either is not known.
    """
    client_ids, callback_urls = _values(parameters, "client_id"), _values(parameters, "redirect_uri")
    client = _find_client(client_ids[0]) if len(client_ids) == 1 else None
    if client is None:
        raise UntrustedRequest(
            N_("This app is not known here"),
            N_("The link that brought you here does not name an app of this server. Nothing was shared."),
            N_("client_id is missing, repeated, or not registered here."),
        )
    registered = [callback.url for callback in client.callback_urls]
    stated = callback_urls[0] if callback_urls else None
    if len(callback_urls) > 1 or (stated is None and len(registered) != 1):
        raise UntrustedRequest(
            N_("The way back is not clear"),
            sentence("%(name)s did not say where to send you back to. Nothing was shared.", name=client.shown_name),
            N_("Give redirect_uri exactly once; it may be left out only by an app with exactly one callback URL."),
            client=client,
        )
    if stated is not None and not _is_trusted(stated, client, registered):
        raise UntrustedRequest(
            N_("The way back is not registered"),
            sentence(
                "%(name)s asked to send you to an address that it has not registered. Nothing was shared.",
                name=client.shown_name,
            ),
            N_("redirect_uri must equal one of the app's callback URLs, character by character."),
            client=client,
            received=stated[:500],
            registered=registered[:10],
            difference=callbacks.difference(stated[:500], registered[:10]),
        )
    states = _values(parameters, "state")
    return AuthorizationRequest(client, stated or registered[0], stated, states[0] if len(states) == 1 else None)


def _is_trusted(callback_url: str, client: Client, registered: list[str]) -> bool:
    return callbacks.is_registered(callback_url, registered, public=client.is_public) or test_callback.is_open(
        callback_url, client
    )


def _find_client(client_id: str) -> Client | None:
    try:
        return client_lookup.find(client_id)
    except DocumentRefused as error:
        raise UntrustedRequest(
            N_("This app could not be checked"),
            N_(
                "The app that sent you here is not registered on this server, and what it says of itself could not be read "
                "or accepted. Nothing was shared."
            ),
            error.detail,
        ) from error


def check(trusted: AuthorizationRequest, parameters: MultiDict[str, str], *, issuer: str) -> AuthorizationRequest:
    """Run every other check, in the order of CHECKS.

    :raises OAuth2Error: to be sent to the callback.
    """
    given = Given(parameters, issuer)
    for step in CHECKS:
        trusted = step(trusted, given)
    return trusted


@dataclass(frozen=True)
class Given:
    parameters: MultiDict[str, str]
    issuer: str

    def one(self, name: str) -> str | None:
        values = _values(self.parameters, name)
        return values[0] if values else None


def _values(parameters: MultiDict[str, str], name: str) -> list[str]:
    """The values of a parameter; an empty one counts as absent (RFC 6749 section 3.1)."""
    return [value for value in parameters.getlist(name) if value]


def app_is_not_suspended(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    if asked.client.suspended_at is not None:
        raise UnauthorizedClientError(N_("The app is suspended."))
    return asked


def repeats_nothing(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    for name in ONCE:
        if len(_values(given.parameters, name)) > 1:
            raise InvalidRequestError(sentence("The parameter '%(name)s' is repeated.", name=name))
    return asked


def asks_for_code(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    response_type = given.one("response_type")
    if response_type is None:
        raise InvalidRequestError(N_("The parameter 'response_type' is missing."))
    if response_type != "code":
        raise OAuth2Error(error="unsupported_response_type", description=N_("Only response_type=code is supported."))
    return asked


def scope_is_registered(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    stated = given.one("scope")
    if stated is None:
        return replace(asked, scope=described_clients.usual_scope(asked.client))
    try:
        scope = scopes.check(stated)
    except scopes.UnknownScope as error:
        raise InvalidScopeError(N_("An access scope asked for is unknown.")) from error
    if not scope or not described_clients.may_ask(asked.client, scope):
        raise InvalidScopeError(N_("The app has not registered every access scope that it asks for."))
    return replace(asked, scope=scope)


def challenge_is_s256(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    challenge, method = given.one("code_challenge"), given.one("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise InvalidRequestError(N_("A code_challenge_method without a code_challenge."))
        if asked.client.is_public:
            raise InvalidRequestError(N_("A public client must send a code_challenge (PKCE, RFC 7636)."))
        return asked
    if method != "S256":
        raise InvalidRequestError(N_("code_challenge_method must be S256."))
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError(N_("code_challenge must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~."))
    return replace(asked, code_challenge=challenge)


def resource_is_known(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    try:
        resource, server = resources.choose(_values(given.parameters, "resource"), issuer=given.issuer)
    except InvalidTarget as error:
        raise InvalidTargetError(error.detail) from error
    return replace(asked, resource=resource, resource_server=server)


def prompt_is_understood(asked: AuthorizationRequest, given: Given) -> AuthorizationRequest:
    prompt = frozenset((given.one("prompt") or "").split())
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError(N_("prompt=none stands alone."))
    return replace(asked, prompt=prompt, login_hint=given.one("login_hint"))


CHECKS: tuple[Callable[[AuthorizationRequest, Given], AuthorizationRequest], ...] = (
    app_is_not_suspended,
    repeats_nothing,
    asks_for_code,
    scope_is_registered,
    challenge_is_s256,
    resource_is_known,
    prompt_is_understood,
)
