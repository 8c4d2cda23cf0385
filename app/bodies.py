"""Bodies of requests that break off: nothing that comes after them may be taken for another request."""

import math

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.unreader import SocketUnreader

_OVERHEAD = 64 * 1024  # bytes, for a part of a body in chunks, of what is not the body: sizes, extensions, trailers


class Unreader(SocketUnreader):
    """Where the parser and the application read what has not been taken in yet: the rest of a body.

    :ivar has_failed: the body broke off, and how much of it was lost is not known: what comes next is no request.
    :ivar allowance: how many bytes more it may read.
    """

    has_failed, allowance = False, math.inf

    def chunk(self) -> bytes:
        """What comes next.

        :raises OSError: nothing does. A body that breaks off must not look like one that has ended.
        """
        self.has_failed = True
        part: bytes = super().chunk()
        self.allowance -= len(part)
        if not part or self.allowance < 0:
            raise NoMoreData
        self.has_failed = False
        return part


class Chunks:
    """A body in chunks that fails as a connection does, and goes on failing: gunicorn's reader would say that it has ended.

    Nor may what is no part of the body, like trailers, be endless.
    """

    def __init__(self, reader: ChunkedReader, unreader: Unreader) -> None:
        self._reader, self._unreader = reader, unreader

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes of it. :raises OSError: it breaks off, or is not in chunks as they should be."""
        unreader = self._unreader
        if unreader.has_failed:
            raise NoMoreData
        unreader.allowance = size + _OVERHEAD
        try:
            part: bytes = self._reader.read(size)
        except (OSError, ParseException) as error:
            unreader.has_failed = True
            raise NoMoreData from error
        unreader.allowance = math.inf
        return part
