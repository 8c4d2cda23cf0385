"""Secrets that the server hands out: how they look, how they are checked and what is stored of them.

Every secret is ``<prefix><hexadecimal><checksum>``. The prefix lets scanners find a leaked one, the checksum
(CRC-32 of what stands before it) refuses garbage without a query, and the 256 random bits in between make a
plain SHA-256 fingerprint enough at rest. Hexadecimal, because half of the client libraries send HTTP Basic raw
and the other half percent-encode it: letters and digits read the same either way.
"""

import hashlib
import hmac
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

ACCESS_TOKEN, REFRESH_TOKEN = "uaa_at_", "uaa_rt_"
AUTHORIZATION_CODE, CLIENT_SECRET, API_KEY = "uaa_ac_", "uaa_cs_", "yk_live_"
LOGIN_SESSION = "uaa_ls_"
INVITATION = "uaa_iv_"
TICKET = "uaa_tk_"

_SECRET_BYTES = 32
_MAC_BYTES = 16
_CHECKSUM_LENGTH = 8
_REFRESH_HEAD = struct.Struct(">QI")  # family id, generation

Record = TypeVar("Record")


@dataclass(frozen=True)
class Issued(Generic[Record]):
    """A record together with its secret, which is shown once and kept nowhere."""

    record: Record
    plain: str = field(repr=False)


class RefreshClaim(NamedTuple):
    """What a genuine refresh token says of itself."""

    family_id: int
    generation: int


def generate(prefix: str) -> str:
    """A new random secret with ``prefix``."""
    return _seal(prefix, os.urandom(_SECRET_BYTES))


def derive(prefix: str, *, salt: bytes, origin: str) -> str:
    """The secret that follows from ``origin``: the same for whoever holds ``origin`` and ``salt``, for nobody else."""
    return _seal(prefix, _hmac(salt, f"{prefix}{origin}".encode()))


def derive_again(prefix: str, *, keys: Sequence[str], origin: bytes, fingerprint: bytes) -> str | None:
    """The secret that was derived from ``origin`` with one of ``keys``: what its stored fingerprint was made of.

    So a letter that carries a secret can be written later, and again, from a database that doesn't hold it.

    :returns: None when the key has been dropped.
    """
    for key in keys:
        secret = derive(prefix, salt=key.encode(), origin=origin.hex())
        if hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), fingerprint):
            return secret
    return None


def is_well_formed(prefix: str, secret: str) -> bool:
    """Whether ``secret`` has this prefix, only hexadecimal after it, and a checksum that fits."""
    body, checksum = secret[:-_CHECKSUM_LENGTH], secret[-_CHECKSUM_LENGTH:]
    return body.startswith(prefix) and secret.isascii() and checksum == _checksum(body)


def fingerprint(secret: str) -> bytes:
    """What is stored of ``secret``: its SHA-256 digest, 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


def hint(secret: str) -> str:
    """The beginning of ``secret`` by which its owner recognizes it in a list."""
    prefix_end = secret.rindex("_") + 1
    return secret[: prefix_end + 6]


def derive_refresh_token(claim: RefreshClaim, *, salt: bytes, origin: str, key: bytes) -> str:
    """The refresh token of ``claim`` that follows from ``origin``, under a MAC of ``key``.

    The MAC makes any token that this server ever issued recognizable without a row of its own, so that an old one
    can end its family while a forged one can end nothing.
    """
    head = _REFRESH_HEAD.pack(claim.family_id, claim.generation)
    body = head + _hmac(salt, f"{REFRESH_TOKEN}{origin}".encode())
    return _seal(REFRESH_TOKEN, body + _mac(key, body))


def read_refresh_token(token: str, *, keys: Sequence[bytes]) -> RefreshClaim | None:
    """What ``token`` claims, when one of ``keys`` vouches for it; None for a forged or broken one."""
    if not is_well_formed(REFRESH_TOKEN, token):
        return None
    try:
        raw = bytes.fromhex(token[len(REFRESH_TOKEN) : -_CHECKSUM_LENGTH])
    except ValueError:
        return None
    if len(raw) != _REFRESH_HEAD.size + _SECRET_BYTES + _MAC_BYTES:
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    for key in keys:
        if hmac.compare_digest(mac, _mac(key, body)):
            return RefreshClaim(*_REFRESH_HEAD.unpack_from(body))
    return None


def _mac(key: bytes, body: bytes) -> bytes:
    started = _started(key).copy()
    started.update(body)
    return started.digest()[:_MAC_BYTES]


@lru_cache(maxsize=16)
def _started(key: bytes) -> hmac.HMAC:
    return hmac.new(key, b"refresh token", "sha256")


def _hmac(key: bytes, message: bytes) -> bytes:
    # Not hmac.digest(): it lets go of the interpreter's lock for these two microseconds, and queues up for it again.
    return hmac.new(key, message, "sha256").digest()


def _seal(prefix: str, body: bytes) -> str:
    text = prefix + body.hex()
    return text + _checksum(text)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
