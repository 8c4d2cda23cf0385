"""Requests that the server makes to addresses chosen by strangers: https only, to the public internet only, bounded.

A name is resolved here, every address that it has is checked, and the connection goes to one of exactly these
addresses, so that a second look at DNS can't lead elsewhere. Redirects are never followed: they are an answer.
Proxies named in the environment are not used, because they would resolve the name once more.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from .public_addresses import Address, is_public, read
from .words import N_, sentence

_HEAD_BYTES = 16 * 1024
_ADDRESSES_TRIED = 4


class OutboundError(Exception):
    """The request could not be made or its answer is not acceptable; the message says why, in a sentence."""


class OutboundBusy(OutboundError):
    """As many requests as are allowed at once are under way."""


@dataclass(frozen=True)
class Fetched:
    """An answer, read to its end. :param headers: names in small letters, repeated ones joined with commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host``, as this machine sees them. :raises OSError: it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outbound:
    """Fetches from the public internet.

    The parameters exist for tests, which have no public internet; no setting reaches them.

    :param at_once: how many requests of this process may be under way; slow servers must not hold every thread.
    """

    def __init__(
        self,
        *,
        resolver: Callable[[str, int], Sequence[str]] = resolve,
        is_allowed: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = frozenset({443}),
        tls: ssl.SSLContext | None = None,
        at_once: int = 2,
    ) -> None:
        self._resolver, self._is_allowed, self._ports, self._tls = resolver, is_allowed, ports, tls
        self._places = threading.BoundedSemaphore(at_once)

    def fetch(self, url: str, *, limit_bytes: int, timeout: float, accept: str = "*/*") -> Fetched:
        """GET ``url``, whatever its answer's status.

        :param timeout: seconds for everything together: the name, the connection, the whole answer.
        :raises OutboundError: the address is not acceptable, or the answer is late, too large or broken.
        """
        host, port, parts = self._checked(url)
        if not self._places.acquire(blocking=False):
            raise OutboundBusy(N_("Too many requests to other servers are under way. Try again in a moment."))
        try:
            deadline = time.monotonic() + timeout
            addresses = self._addresses(host, port, deadline)
            return self._get(parts, self._connect(host, port, addresses, deadline), deadline, limit_bytes, accept)
        except TimeoutError as error:
            raise OutboundError(
                sentence("%(host)s did not answer completely within %(seconds)s seconds.", host=host, seconds=f"{timeout:g}")
            ) from error
        except ssl.SSLError as error:
            raise OutboundError(
                sentence("No trusted TLS connection to %(host)s: %(reason)s.", host=host, reason=error.reason or str(error))
            ) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise OutboundError(
                sentence("The connection to %(host)s failed: %(error)s.", host=host, error=type(error).__name__)
            ) from error
        finally:
            self._places.release()

    def _checked(self, url: str) -> tuple[str, int, SplitResult]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, 443 if parts.port is None else parts.port
        except ValueError as error:
            raise OutboundError(N_("The address is malformed.")) from error
        if parts.scheme != "https" or not host or "@" in parts.netloc:
            raise OutboundError(N_("Only https addresses without a user name are fetched."))
        if not url.isascii() or any(character <= " " or character in '\\\x7f"<>' for character in url):
            raise OutboundError(N_("The address has characters that must be encoded."))
        if port not in self._ports:
            raise OutboundError(
                sentence("Only port %(ports)s is fetched from.", ports=", ".join(map(str, sorted(self._ports))))
            )
        return host, port, parts

    def _addresses(self, host: str, port: int, deadline: float) -> list[Address]:
        # One sentence for a name that leads nowhere and for one that leads inside: strangers don't learn which.
        refused = OutboundError(sentence("%(host)s does not resolve to public internet addresses.", host=host))
        try:
            addresses = [read(text) for text in self._resolved(host, port, deadline)]
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise refused from error
        if not addresses or not all(self._is_allowed(address) for address in addresses):
            raise refused
        return addresses[:_ADDRESSES_TRIED]

    def _resolved(self, host: str, port: int, deadline: float) -> Sequence[str]:
        """The resolver's answer, in a thread of its own: the operating system's knows no deadline."""
        found: list[Sequence[str]] = []
        failed: list[Exception] = []

        def ask() -> None:
            try:
                found.append(self._resolver(host, port))
            except Exception as error:
                failed.append(error)

        thread = threading.Thread(target=ask, name="resolver", daemon=True)
        thread.start()
        thread.join(seconds_left(deadline))
        if failed:
            # UnicodeError: a name that can't be one.
            raise failed[0] if isinstance(failed[0], OSError) else OSError(str(failed[0]))
        if not found:
            raise TimeoutError
        return found[0]

    def _connect(self, host: str, port: int, addresses: Sequence[Address], deadline: float) -> ssl.SSLSocket:
        """Connect to one of ``addresses``, and to nothing else; the certificate must be the host name's."""
        plain = open_connection(port, addresses, deadline)
        try:
            plain.settimeout(seconds_left(deadline))
            return self._context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()

    def _get(self, parts: SplitResult, connection: ssl.SSLSocket, deadline: float, limit_bytes: int, accept: str) -> Fetched:
        with connection:
            bounded = BoundedSocket(connection, deadline, limit_bytes + _HEAD_BYTES)
            client = http.client.HTTPConnection(parts.netloc)
            client.sock = cast(Any, bounded)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            client.putrequest("GET", target, skip_accept_encoding=True)
            for name, value in (("Accept", accept), ("Accept-Encoding", "identity"), ("User-Agent", "uaa")):
                client.putheader(name, value)
            client.putheader("Connection", "close")
            client.endheaders()
            response = client.getresponse()
            headers: dict[str, str] = {}
            for name, value in response.getheaders():
                name = name.lower()
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            if headers.get("content-encoding", "identity").lower() != "identity":
                raise OutboundError(N_("The answer is compressed, which was not asked for."))
            return Fetched(response.status, headers, _body(response, limit_bytes))


def open_connection(port: int, addresses: Sequence[Address], deadline: float) -> socket.socket:
    """A connection to the first of ``addresses`` that answers; each gets its share of the time."""
    for number, address in enumerate(addresses, 1):
        patience = seconds_left(deadline) / (len(addresses) - number + 1)
        try:
            return socket.create_connection((str(address), port), timeout=patience)
        except OSError:
            if number == len(addresses):
                raise
    raise OSError("no address")


def _body(response: http.client.HTTPResponse, limit_bytes: int) -> bytes:
    """At most ``limit_bytes``, counted as they come in; what the answer says of its length is not believed."""
    body = bytearray()
    while chunk := response.read(limit_bytes + 1 - len(body)):
        body += chunk
        if len(body) > limit_bytes:
            raise OutboundError(sentence("The answer is larger than %(size)s bytes.", size=limit_bytes))
    if response.length:
        raise OutboundError(N_("The answer ended before its end."))
    return bytes(body)


def seconds_left(deadline: float) -> float:
    """Seconds until ``deadline``. :raises TimeoutError: it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class BoundedSocket:
    """As much of a socket as http.client needs, with one deadline and one size for all reads together.

    A socket's own timeout begins anew with each byte that a slow server sends.
    """

    def __init__(self, connection: ssl.SSLSocket, deadline: float, limit_bytes: int) -> None:
        self._connection, self._deadline, self._limit_bytes = connection, deadline, limit_bytes

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(seconds_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._connection, self._deadline, self._limit_bytes))

    def close(self) -> None:
        """The connection is closed by whoever opened it."""


class _BoundedReader(io.RawIOBase):
    def __init__(self, connection: ssl.SSLSocket, deadline: float, limit_bytes: int) -> None:
        self._connection, self._deadline, self._left_bytes = connection, deadline, limit_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left_bytes <= 0:
            raise OutboundError(N_("The answer is too large."))
        self._connection.settimeout(seconds_left(self._deadline))
        count = self._connection.recv_into(buffer, min(len(buffer), self._left_bytes))
        self._left_bytes -= count
        return count
