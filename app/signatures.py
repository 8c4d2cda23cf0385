"""Signatures of requests between this server and the gateway, in both directions."""

import hmac
import time

TOLERANCE = 300  # seconds by which the clocks may differ


def sign(secret: str, stamp: str, body: bytes) -> str:
    """The signature of ``body``, sent at ``stamp`` (Unix time)."""
    return "sha256=" + hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256").hex()


def is_genuine(secret: str, stamp: str, body: bytes, signature: str) -> bool:
    """Whether ``signature`` is right, and not an old one repeated."""
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    fresh = abs(time.time() - int(stamp)) <= TOLERANCE
    return hmac.compare_digest(sign(secret, stamp, body).encode(), signature.encode()) and fresh
