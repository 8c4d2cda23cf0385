"""Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document-02): an app that nobody registered here has
the https address of its own description as ``client_id``. How that address must look, and what the description may say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson

from .. import scopes
from ..errors import AppError, Invalid, Unavailable
from ..outbound import Fetched, Outbound, OutboundBusy, OutboundError
from ..words import N_, sentence
from . import callbacks

SCHEME = "https://"
LIMIT_BYTES, TIMEOUT = 5 * 1024, 5.0
# Sections 5.2 and 9.1: what the document's server says, within bounds; often enough to follow changes, seldom enough
# that the server learns little of who signs in when.
LEAST_KEPT, USUALLY_KEPT, LONGEST_KEPT = 300, 3600, 86400
LONGEST_ADDRESS, MOST_CALLBACKS = 500, 20

_MEDIA_TYPE = re.compile(r"application/([a-z0-9!#$&^_.+-]+\+)?json")
_DOT_SEGMENT = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_SECRET_KEY_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))


class DocumentRefused(AppError):
    """The client's identifier or document is not acceptable; the sentence is for its developer."""

    code, status = "invalid_client_metadata", 400


@dataclass(frozen=True)
class ClientDocument:
    """A description that was read and found good.

    :param scope: what of it this server knows; empty when it names nothing. :param keep_for: seconds.
    """

    client_id: str
    name: str
    callback_urls: tuple[str, ...]
    scope: str
    keep_for: int


def is_address(client_id: str) -> bool:
    """Whether ``client_id`` is meant as the address of a document; registered ones never begin so (section 7.1)."""
    return client_id.startswith(SCHEME)


def check_address(client_id: str) -> str:
    """The host of ``client_id``, when it is an acceptable address (section 3).

    :raises DocumentRefused: with the reason.
    """
    problem = _address_problem(client_id)
    if problem:
        raise DocumentRefused(
            sentence("The client_id is not the address of a client metadata document: %(problem)s", problem=problem)
        )
    return urlsplit(client_id).netloc


def _address_problem(client_id: str) -> str | None:
    if len(client_id) > LONGEST_ADDRESS:
        return sentence("it is longer than %(most)s characters.", most=LONGEST_ADDRESS)
    if not client_id.isascii() or not client_id.isprintable() or any(character in ' \\"<>' for character in client_id):
        return N_("it has characters that must be encoded.")
    try:
        parts: SplitResult | None = urlsplit(client_id)
        _ = parts.port if parts else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme != "https" or not parts.hostname:
        return N_("it is not an https address.")
    if "@" in parts.netloc:
        return N_("it has a user name or password.")
    if "#" in client_id:
        return N_("it has a fragment.")
    if "?" in client_id:
        return N_("it has a query.")
    if parts.path in ("", "/"):
        return N_("it has no path.")
    if any(_DOT_SEGMENT.fullmatch(segment) for segment in parts.path.split("/")):
        return N_("its path has dot segments.")
    return None


def fetch(outbound: Outbound, client_id: str) -> ClientDocument:
    """Read the document at ``client_id``, whose address was checked.

    :raises DocumentRefused: it can't be read, or is not acceptable. :raises Unavailable: too many are being read.
    """
    try:
        fetched = outbound.fetch(client_id, limit_bytes=LIMIT_BYTES, timeout=TIMEOUT, accept="application/json")
    except OutboundBusy as error:
        raise Unavailable from error
    except OutboundError as error:
        raise DocumentRefused(
            sentence("The client metadata document could not be fetched. %(error)s", error=error.args[0])
        ) from error
    return understand(client_id, fetched)


def understand(client_id: str, fetched: Fetched) -> ClientDocument:
    """Check an answer that came from ``client_id``.

    :raises DocumentRefused: with the first reason found.
    """
    document = _json(fetched)
    for check in CHECKS:
        problem = check(document, client_id)
        if problem:
            raise DocumentRefused(sentence("The client metadata document is not acceptable: %(problem)s", problem=problem))
    return ClientDocument(
        client_id=client_id,
        name=_name(document, client_id),
        callback_urls=_callback_urls(document),
        scope=_scope(document),
        keep_for=_keep_for(fetched),
    )


def _json(fetched: Fetched) -> dict[str, Any]:
    if fetched.status != 200:
        raise DocumentRefused(_status_problem(fetched.status))
    if not _MEDIA_TYPE.fullmatch(fetched.media_type):
        raise DocumentRefused(N_("The client metadata document's Content-Type is not application/json."))
    try:
        document = orjson.loads(fetched.body)
    except orjson.JSONDecodeError as error:
        raise DocumentRefused(N_("The client metadata document is not JSON.")) from error
    if not isinstance(document, dict):
        raise DocumentRefused(N_("The client metadata document is not a JSON object."))
    return document


def _status_problem(status: int) -> str:
    if 300 <= status < 400:
        return sentence(
            "The client metadata document was answered with status %(status)s, not 200. Redirects are not followed.",
            status=status,
        )
    return sentence("The client metadata document was answered with status %(status)s, not 200.", status=status)


def names_itself(document: dict[str, Any], client_id: str) -> str | None:
    return None if document.get("client_id") == client_id else N_("its client_id is not the address that it was read from.")


def has_no_shared_secret(document: dict[str, Any], client_id: str) -> str | None:
    if "client_secret" in document or "client_secret_expires_at" in document:
        return N_("it has a client_secret, which everybody could read.")
    method = document.get("token_endpoint_auth_method", "none")
    return (
        None if method == "none" else N_("its token_endpoint_auth_method is not none, the only one for such clients here.")
    )


def has_no_private_key(document: dict[str, Any], client_id: str) -> str | None:
    jwks = document.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    leaked = isinstance(keys, list) and any(isinstance(key, dict) and _SECRET_KEY_MEMBERS & key.keys() for key in keys)
    return N_("it has a private or symmetric key, which everybody could read.") if leaked else None


def uses_codes(document: dict[str, Any], client_id: str) -> str | None:
    for member, needed in (("grant_types", "authorization_code"), ("response_types", "code")):
        stated = document.get(member, [needed])
        if not isinstance(stated, list) or needed not in stated:
            return sentence("its %(member)s do not include %(needed)s.", member=member, needed=needed)
    return None


def has_a_callback(document: dict[str, Any], client_id: str) -> str | None:
    stated = document.get("redirect_uris")
    if not isinstance(stated, list) or not stated or not all(isinstance(url, str) for url in stated):
        return N_("its redirect_uris are not a list of addresses.")
    if len(stated) > MOST_CALLBACKS:
        return sentence("it has more than %(most)s redirect_uris.", most=MOST_CALLBACKS)
    if _callback_urls(document):
        return None
    return sentence("none of its redirect_uris is acceptable: %(problem)s", problem=_callback_problem(stated[0]))


def has_a_readable_name(document: dict[str, Any], client_id: str) -> str | None:
    name = document.get("client_name", "-")
    if isinstance(name, str) and name.isprintable() and 1 <= len(" ".join(name.split())) <= 80:
        return None
    return N_("its client_name does not have 1 to 80 printable characters.")


def has_a_scope_string(document: dict[str, Any], client_id: str) -> str | None:
    return None if isinstance(document.get("scope", ""), str) else N_("its scope is not a string.")


CHECKS: tuple[Callable[[dict[str, Any], str], str | None], ...] = (
    names_itself,
    has_no_shared_secret,
    has_no_private_key,
    uses_codes,
    has_a_callback,
    has_a_readable_name,
    has_a_scope_string,
)


def _callback_urls(document: dict[str, Any]) -> tuple[str, ...]:
    # One document serves many servers: addresses that this one would not register are left out, not held against it.
    return tuple(dict.fromkeys(url for url in document["redirect_uris"] if _callback_problem(url) is None))


def _callback_problem(url: str) -> str | None:
    try:
        callbacks.check(url, public=True)
    except Invalid as error:
        return error.detail
    return None


def _name(document: dict[str, Any], client_id: str) -> str:
    return " ".join(document.get("client_name", urlsplit(client_id).netloc).split())[:80]


def _scope(document: dict[str, Any]) -> str:
    # Names that other servers know mean nothing here.
    return scopes.join(name for name in scopes.names_of(document.get("scope", "")) if name in scopes.GRANTABLE)


def _keep_for(fetched: Fetched) -> int:
    policy = fetched.headers.get("cache-control", "")
    if _NOT_KEPT.search(policy):
        return LEAST_KEPT
    stated = _MAX_AGE.search(policy)
    age = fetched.headers.get("age", "")
    seconds = int(stated[1]) - (int(age) if age.isdigit() else 0) if stated else USUALLY_KEPT
    return min(max(seconds, LEAST_KEPT), LONGEST_KEPT)
