"""Callback URLs: which ones may be registered, and when one that was sent counts as registered."""

import ipaddress
import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from urllib.parse import SplitResult, urlsplit

from ..errors import Invalid
from ..words import N_, sentence

_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f\\]")
_PRIVATE_USE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")

_DIFFERENT = {
    "scheme": N_("The scheme is %(received)s, registered is %(registered)s."),
    "netloc": N_("The host or port is %(received)s, registered is %(registered)s."),
    "path": N_("The path is %(received)s, registered is %(registered)s."),
    "query": N_("The query is %(received)s, registered is %(registered)s."),
}


def check(url: str, *, public: bool) -> str:
    """Return ``url`` when an app may register it.

    https anywhere, http on this computer only, and for public clients a private-use scheme (RFC 8252 section 7.1).

    :raises Invalid: with the reason.
    """
    found = problem(url, public=public)
    if found:
        raise Invalid({"callback_urls": [_about(url, found)]})
    return url


def problems(urls: Iterable[str], *, public: bool) -> list[str]:
    """Why an app may not register some of ``urls``, a sentence each."""
    return [_about(url, found) for url in urls if (found := problem(url, public=public))]


def _about(url: str, problem: str) -> str:
    return sentence("%(url)s: %(problem)s", url=repr(url[:200]), problem=problem)


def problem(url: str, *, public: bool) -> str | None:
    """Why an app may not register ``url``; None when it may."""
    if not url or len(url) > 2000:
        return N_("a callback URL has 1 to 2000 characters.")
    if _CONTROL_OR_SPACE.search(url) or not url.isascii():
        return N_("only printable ASCII characters without spaces or backslashes; encode the others.")
    if "#" in url:
        return N_("a callback URL has no fragment (RFC 6749 section 3.1.2).")
    if "*" in url:
        return N_("wildcards are not allowed; register each address.")
    parts = _split(url)
    if parts is None:
        return N_("this is not an absolute address.")
    if "@" in parts.netloc:
        return N_("no user name or password in a callback URL.")
    if parts.scheme in ("http", "https"):
        return _web_problem(parts)
    if public and _PRIVATE_USE_SCHEME.fullmatch(parts.scheme):
        return None
    return N_("use https, or http on this computer; apps on a device may use a scheme such as com.example.app.")


def _web_problem(parts: SplitResult) -> str | None:
    if not parts.hostname:
        return N_("the host is missing.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return N_("use https; http is for addresses on this computer only.")
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and (parts.netloc or parts.path) else None


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this computer: a loopback IP literal, or ``localhost``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def leads_to_a_device(url: str) -> bool:
    """Whether ``url`` leads to a program on a person's own device, where any program can listen (RFC 8252 section 8.6)."""
    parts = urlsplit(url)
    return parts.scheme not in ("http", "https") or is_loopback(parts.hostname or "")


def is_registered(url: str, registered: list[str], *, public: bool) -> bool:
    """Whether ``url`` is one of ``registered``: the same string, or the same but for the port on loopback IP literals
    (RFC 8252 section 7.3) and, for public clients, on ``localhost``."""
    if url in registered:
        return True
    portless = _without_port(url, public=public)
    return portless is not None and any(portless == _without_port(other, public=public) for other in registered)


def _without_port(url: str, *, public: bool) -> tuple[str, ...] | None:
    if _CONTROL_OR_SPACE.search(url) or "#" in url:
        return None
    parts = _split(url)
    if parts is None or parts.scheme != "http" or "@" in parts.netloc or not parts.hostname:
        return None
    if not is_loopback(parts.hostname) or (parts.hostname == "localhost" and not public):
        return None
    return parts.scheme, parts.hostname, parts.path, parts.query


def difference(received: str, registered: list[str]) -> str:
    """In which part ``received`` differs from the most similar of ``registered``, in words."""
    if not registered:
        return N_("The app has no callback URL.")
    nearest = max(registered, key=lambda url: SequenceMatcher(None, received, url).ratio())
    got, wanted = _split(received), _split(nearest)
    if got is None or wanted is None:
        return N_("It is not an absolute address.")
    for part, words in _DIFFERENT.items():
        if getattr(got, part) != getattr(wanted, part):
            return sentence(words, received=repr(getattr(got, part)), registered=repr(getattr(wanted, part)))
    return N_("They are written differently, though they mean the same; they are compared character by character.")


def host_of(url: str) -> str:
    """Where a person is sent back to, in words."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return sentence("an app on this device (%(scheme)s)", scheme=parts.scheme)
    if is_loopback(parts.hostname or ""):
        return sentence("this computer (%(host)s)", host=parts.netloc)
    return parts.netloc
