"""Addresses that stand in messages: signed, so that nobody can guess one, and so that nothing is kept for each.

A token is a MAC and the bytes that it vouches for; its purpose is part of what is signed.
"""

import base64
import binascii
import hmac
import re
import uuid
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from ..errors import NotFound
from ..settings import Settings
from ..words import N_

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_MAC_BYTES = 16
_MESSAGE, _LETTER, _OPENED, _CLICKED, _UNSUBSCRIBE = b"message", b"letter", b"opened", b"clicked", b"unsubscribe"


class LinkNotValid(NotFound):
    detail = N_("This link is not valid.")


def clean(url: str) -> str | None:
    """The web address ``url`` as browsers read it, without line breaks; None when it is none, so that it leads nowhere."""
    url = _CONTROLS.sub("", url).strip()
    try:
        url.encode()
        parts = urlsplit(url)
        _, host = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    return url if host and parts.scheme in ("http", "https") else None


class PublicLinks:
    """Makes these addresses, and reads them again. They work as long as the key that signed them is among the server's."""

    def __init__(self, settings: Settings) -> None:
        self._keys: Sequence[bytes] = [key.encode() for key in settings.keys]
        self._issuer = settings.issuer

    def view_message(self, message_id: int) -> str:
        """The web view of a stored message."""
        return f"{self._issuer}/view/{self._token(_MESSAGE, message_id.to_bytes(8))}"

    def view_letter(self, interaction_id: str) -> str:
        """The web view of a message as one recipient got it."""
        return f"{self._issuer}/letter/{self._token(_LETTER, uuid.UUID(interaction_id).bytes)}"

    def opened(self, interaction_id: str) -> str:
        return f"{self._issuer}/t/o/{self._token(_OPENED, uuid.UUID(interaction_id).bytes)}.gif"

    def clicked(self, interaction_id: str, url: str) -> str:
        token = self._token(_CLICKED + url.encode(), uuid.UUID(interaction_id).bytes)
        return f"{self._issuer}/t/c/{token}?u={quote(url, safe='')}"

    def unsubscribe(self, interaction_id: str) -> str:
        return f"{self._issuer}/unsubscribe/{self._token(_UNSUBSCRIBE, uuid.UUID(interaction_id).bytes)}"

    def short_token(self, interaction_id: str, position: int) -> str:
        """Names the link at this place of a text, where characters are dear; what it leads to has to be kept."""
        mac = _mac(self._keys[0], b"short %d" % position, uuid.UUID(interaction_id).bytes)
        return base64.urlsafe_b64encode(mac[:9]).decode()

    def short(self, token: str) -> str:
        """A link whose target is kept under ``token``."""
        return f"{self._issuer}/l/{token}"

    def read_message(self, token: str) -> int:
        """:raises LinkNotValid: forged or broken; so with all that read."""
        return int.from_bytes(self._read(_MESSAGE, token, 8))

    def read_letter(self, token: str) -> str:
        return self._read_uuid(_LETTER, token)

    def read_opened(self, token: str) -> str:
        return self._read_uuid(_OPENED, token)

    def read_clicked(self, token: str, url: str) -> str:
        return self._read_uuid(_CLICKED + url.encode(errors="replace"), token)

    def read_unsubscribe(self, token: str) -> str:
        return self._read_uuid(_UNSUBSCRIBE, token)

    def _read_uuid(self, purpose: bytes, token: str) -> str:
        return str(uuid.UUID(bytes=self._read(purpose, token, 16)))

    def _token(self, purpose: bytes, subject: bytes) -> str:
        return base64.urlsafe_b64encode(_mac(self._keys[0], purpose, subject) + subject).rstrip(b"=").decode()

    def _read(self, purpose: bytes, token: str, length: int) -> bytes:
        try:
            raw = base64.b64decode(token.encode("ascii") + b"==", altchars=b"-_", validate=False)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise LinkNotValid from error
        mac, subject = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if len(subject) != length or not any(hmac.compare_digest(mac, _mac(key, purpose, subject)) for key in self._keys):
            raise LinkNotValid
        return subject


def _mac(key: bytes, purpose: bytes, subject: bytes) -> bytes:
    # The subject first: its length is fixed by the address, so that no purpose can pass for another.
    return hmac.digest(key, b"public link" + subject + purpose, "sha256")[:_MAC_BYTES]
