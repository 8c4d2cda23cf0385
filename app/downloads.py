"""Files that the server fetches from a link of a caller: streamed, bounded, and never from our own network.

As in ``outbound`` each name is resolved here and the connection goes to one of the addresses that were checked; each
redirect is a new address and is checked like the first. Unlike there, http and credentials in the link are accepted.
"""

import base64
import http.client
import io
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from .outbound import BoundedSocket, Outbound, OutboundBusy, OutboundError, open_connection, seconds_left
from .public_addresses import Address, read
from .words import N_, sentence

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_HEAD_BYTES = 64 * 1024
_BUFFER = 256 * 1024


class Downloads(Outbound):
    """:param private_hosts: names whose addresses may be private, because the operator of the server says so.

    The other parameters are as in ``Outbound``.
    """

    def __init__(self, *, private_hosts: Collection[str] = (), at_once: int = 2, **parameters: Any) -> None:
        super().__init__(at_once=at_once, **parameters)
        self._private_hosts = frozenset(private_hosts)

    @contextmanager
    def open(self, link: str, *, limit_bytes: int, timeout: float) -> Iterator[io.BufferedReader]:
        """The file at ``link``, to be read once from its beginning.

        :param timeout: seconds for everything together. :raises OutboundError: also while it is read.
        :raises OutboundBusy: as many as may be are under way in this process.
        """
        if not self._places.acquire(blocking=False):
            raise OutboundBusy(N_("Too many downloads are under way. Try again in a moment."))
        deadline = time.monotonic() + timeout
        try:
            host, _, _ = self._checked(link)
            with _in_words(host, timeout):
                connection, response = self._follow(link, limit_bytes, deadline)
                with connection:
                    yield io.BufferedReader(_Body(response, limit_bytes), _BUFFER)
        finally:
            self._places.release()

    def _follow(self, link: str, limit_bytes: int, deadline: float) -> tuple[socket.socket, http.client.HTTPResponse]:
        authorization: str | None = None
        origin = None
        for _ in range(_MOST_REDIRECTS + 1):
            host, port, parts = self._checked(link)
            if parts.username is not None:
                authorization, origin = _basic(parts), (parts.scheme, host, port)
            connection = self._reach(parts.scheme, host, port, deadline)
            try:
                # What was meant for one server is not told to another.
                own = authorization if origin == (parts.scheme, host, port) else None
                response = _ask(connection, parts, host, port, own, deadline, limit_bytes)
                if response.status not in _REDIRECTS:
                    _check(response)
                    return connection, response
                link = urljoin(link, response.headers.get("Location", ""))
            except BaseException:
                connection.close()
                raise
            connection.close()
        raise OutboundError(N_("The link leads through too many redirects."))

    def _checked(self, url: str) -> tuple[str, int, SplitResult]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise OutboundError(N_("The link is malformed.")) from error
        if parts.scheme not in _PORTS or not host:
            raise OutboundError(N_("The link must be an http or https address."))
        if not url.isascii() or any(character <= " " or character in '\\\x7f"<>' for character in url):
            raise OutboundError(N_("The link has characters that must be encoded."))
        return host, port, parts

    def _addresses(self, host: str, port: int, deadline: float) -> list[Address]:
        if host not in self._private_hosts:
            return super()._addresses(host, port, deadline)
        return [read(text) for text in self._resolved(host, port, deadline)]

    def _reach(self, scheme: str, host: str, port: int, deadline: float) -> socket.socket:
        addresses: Sequence[Address] = self._addresses(host, port, deadline)
        return (
            self._connect(host, port, addresses, deadline)
            if scheme == "https"
            else open_connection(port, addresses, deadline)
        )


def _ask(
    connection: socket.socket, parts: SplitResult, host: str, port: int, authorization: str | None, deadline: float,
    limit_bytes: int,
) -> http.client.HTTPResponse:  # fmt: skip
    client = http.client.HTTPConnection(host, port)
    client.sock = cast(Any, BoundedSocket(cast(ssl.SSLSocket, connection), deadline, limit_bytes + _HEAD_BYTES))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    client.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "text/csv, */*", "Accept-Encoding": "identity",
               "User-Agent": "uaa", "Connection": "close"}  # fmt: skip
    for name, value in headers.items():
        client.putheader(name, value)
    if authorization:
        client.putheader("Authorization", authorization)
    client.endheaders()
    connection.settimeout(seconds_left(deadline))
    return client.getresponse()


def _basic(parts: SplitResult) -> str:
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _check(response: http.client.HTTPResponse) -> None:
    if response.status != 200:
        raise OutboundError(sentence("The server of the link answered with status %(status)s.", status=response.status))
    if (response.headers.get("Content-Encoding") or "identity").lower() != "identity":
        raise OutboundError(N_("The answer is compressed, which was not asked for."))


class _Body(io.RawIOBase):
    """The body of an answer, counted as it comes in; what the answer says of its length is not believed."""

    def __init__(self, response: http.client.HTTPResponse, limit_bytes: int) -> None:
        self._response, self._limit_bytes, self._count = response, limit_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._response.readinto(buffer)
        self._count += count
        if self._count > self._limit_bytes:
            raise OutboundError(sentence("The file is larger than %(size)s MB.", size=self._limit_bytes // 2**20))
        if not count and self._response.length:
            raise OutboundError(N_("The file ended before its end."))
        return count


@contextmanager
def _in_words(host: str, timeout: float) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise OutboundError(
            sentence("%(host)s did not send the whole file within %(seconds)s seconds.", host=host, seconds=f"{timeout:g}")
        ) from error
    except ssl.SSLError as error:
        raise OutboundError(
            sentence("No trusted TLS connection to %(host)s: %(reason)s.", host=host, reason=error.reason or str(error))
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise OutboundError(
            sentence("The connection to %(host)s failed: %(error)s.", host=host, error=type(error).__name__)
        ) from error
