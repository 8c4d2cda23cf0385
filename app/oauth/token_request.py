"""The token endpoint's request: where its parameters may stand, and who it says that it comes from."""

import base64
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus

from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Request
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from flask import Request
from werkzeug.exceptions import ClientDisconnected

from ..secret_values import RefreshClaim
from ..services.token_clients import TokenClient
from ..words import N_, sentence

# Repeating one of these is an error (RFC 6749 section 3.2); parameters that the server doesn't know are ignored.
KNOWN = (
    "grant_type", "code", "redirect_uri", "client_id", "client_secret", "refresh_token", "scope", "code_verifier",
    "token", "token_type_hint",
)  # fmt: skip

# What an address carries into histories and the logs of proxies.
SECRETS = frozenset(("client_secret", "code", "code_verifier", "refresh_token"))

Pairs = list[tuple[str, str]]

_FORM, _LONG, _DIGITS = "application/x-www-form-urlencoded", 64 * 1024, re.compile("[0-9]{1,6}")


@dataclass(frozen=True)
class Presented:
    """Client credentials as they were presented, before anyone looked them up.

    :param method: as registered for RFC 8414's ``token_endpoint_auth_methods_supported``.
    """

    client_id: str
    secret: str | None = field(repr=False)
    method: str


def _readable(presented: Presented) -> Presented:
    """:raises InvalidClientError: the identifier has a NUL, which no client's has and not every database can compare."""
    if "\0" in presented.client_id:
        raise InvalidClientError(status_code=401, description=N_("The client is unknown or its secret is wrong."))
    return presented


def _form_of(request: Request) -> Pairs:
    """The parameters in the body. Flask, which reads forms of every kind, takes twice as long for this, the usual one."""
    environ = request.environ
    written = environ.get("CONTENT_LENGTH", "")
    length = int(written) if _DIGITS.fullmatch(written) and "HTTP_TRANSFER_ENCODING" not in environ else _LONG
    if environ.get("CONTENT_TYPE") != _FORM or length >= _LONG:
        return list(request.form.items(multi=True))
    try:
        body = environ["wsgi.input"].read(length)
    except OSError as error:
        raise ClientDisconnected from error
    if len(body) < length:
        raise ClientDisconnected
    # Whoever else wants to read it finds it where it was.
    environ["wsgi.input"] = BytesIO(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return list(request.form.items(multi=True))
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")
    return [part.partition("=")[::2] for part in text.split("&") if part]


class TokenRequest(FlaskOAuth2Request):
    """Yespo's documentation shows token parameters in the query string; RFC 6749 wants a body. Both work.

    An empty parameter counts as absent (RFC 6749 section 3.1).

    :param reads_query: only the token endpoint does.
    """

    def __init__(self, request: Request, *, reads_query: bool) -> None:
        # Not through Flask's own adapter: it puts the whole address together first, which nothing here looks at.
        OAuth2Request.__init__(self, request.method, request.path)
        self.headers = request.headers
        self._request = request
        self._pairs = _form_of(request)
        if reads_query and self.query:
            self._pairs += request.args.items(multi=True)
        self._repeated: str | None = None
        self.payload = BasicOAuth2Payload(self._parameters)
        self.found: Any = None
        self.claim: RefreshClaim | None = None
        self.known_client: TokenClient | None = None

    @cached_property
    def _parameters(self) -> dict[str, str]:
        merged: dict[str, str] = {}
        for name, value in self._pairs:
            if value and name not in merged:
                merged[name] = value
            elif value and name in KNOWN:
                self._repeated = self._repeated or name
        return merged

    def check(self) -> Self:
        """:raises InvalidRequestError: a parameter is repeated."""
        if self._repeated:
            raise InvalidRequestError(sentence("The parameter '%(name)s' is repeated.", name=self._repeated))
        return self

    def check_form(self) -> None:
        """Say why a parameter that may well have been sent was not found.

        :raises InvalidRequestError: there is a body, which is not a form.
        """
        if self._request.content_length and self._request.mimetype not in (_FORM, "multipart/form-data"):
            raise InvalidRequestError(N_("Parameters are sent as application/x-www-form-urlencoded; this body is not."))

    @property
    def form(self) -> dict[str, str]:
        return self._parameters

    @property
    def query(self) -> str:
        """The query string, undecoded."""
        query: str = self._request.environ.get("QUERY_STRING", "")
        return query

    @property
    def has_secrets_in_query(self) -> bool:
        """Whether there is a secret of any kind in the address, be it the client's or what it redeems."""
        return bool(self.query) and not SECRETS.isdisjoint(self._request.args)

    @property
    def resources(self) -> list[str]:
        """Every ``resource`` asked for (RFC 8707); the one parameter that may be repeated."""
        return [value for name, value in self._pairs if name == "resource" and value]

    @cached_property
    def presented(self) -> Presented:
        """The credentials of the client.

        :raises InvalidClientError: there are none, or they can't be read.
        :raises InvalidRequestError: there are several (RFC 6749 section 2.3).
        """
        basic = self._basic()
        client_id, secret = self.form.get("client_id"), self.form.get("client_secret")
        if basic is None:
            if client_id is None:
                self.check_form()
                raise InvalidClientError(status_code=401, description=N_("The client does not say who it is."))
            in_query = "client_secret" in self._request.args
            method = "none" if secret is None else "client_secret_query" if in_query else "client_secret_post"
            return _readable(Presented(client_id, secret, method))
        if secret is not None or (client_id is not None and client_id != basic.client_id):
            raise InvalidRequestError(N_("Client credentials are given in two places."))
        return basic

    @property
    def claimed_client_id(self) -> str | None:
        """The client that the request names, however badly the rest of it is put together; nothing is proven by it."""
        with suppress(InvalidClientError):
            basic = self._basic()
            if basic is not None:
                return basic.client_id
        return self.form.get("client_id")

    def _basic(self) -> Presented | None:
        scheme, _, encoded = self._request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError as error:
            raise InvalidClientError(status_code=401, description=N_("The Basic credentials can't be read.")) from error
        client_id, _, secret = decoded.partition(":")
        # Form-encoded by RFC 6749 section 2.3.1; ours read the same raw.
        return _readable(Presented(unquote_plus(client_id), unquote_plus(secret) or None, "client_secret_basic"))
