"""A proof key (RFC 7636) for the links that a page makes itself."""

import base64
import hashlib
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    verifier: str

    @classmethod
    def new(cls) -> "Proof":
        return cls(secrets.token_urlsafe(48))

    @property
    def parameters(self) -> dict[str, str]:
        """What goes into the authorize link."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return {"code_challenge": challenge, "code_challenge_method": "S256"}
