"""Sealing: encryption of the few secrets that the server has to read again, under its own key (AES-256-GCM)."""

import hmac
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class SealBroken(Exception):
    """None of the server's keys opens it: the key was dropped, or it was tampered with."""


def seal(plain: bytes, *, purpose: str, keys: Sequence[str]) -> bytes:
    """``plain`` so that only who has the first of ``keys`` can read it.

    :param purpose: what it is and whose; another purpose doesn't open it, so that rows can't change places.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(keys[0]).encrypt(nonce, plain, purpose.encode())


def unseal(sealed: bytes, *, purpose: str, keys: Sequence[str]) -> bytes:
    """What was sealed for ``purpose`` under one of ``keys``. :raises SealBroken: see there."""
    from cryptography.exceptions import InvalidTag

    for key in keys:
        try:
            return _cipher(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            continue
    raise SealBroken


def _cipher(key: str) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # a large library, for one page of the settings

    # A key of its own, so that nothing else that is made with the server's key can be of use here.
    return AESGCM(hmac.digest(key.encode(), b"sealing", "sha256"))
