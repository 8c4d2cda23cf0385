"""An HTTP gateway for SMS, Viber and push: one signed request for each message, safe to repeat by its key."""

import http.client
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson

from ...models import DeliveryStatus
from ...services.deliveries import Outcome
from ...services.letters import Letter
from ...signatures import sign
from . import HandOver, NotNow, Refused

TIMEOUT = 20  # seconds
_LONGEST_ANSWER = 64 * 1024
# Statuses with which a gateway says that another try may succeed.
_NOT_NOW = frozenset({408, 409, 425, 429})


class Gateway:
    """:param issuer: this server's public address, to which the gateway reports."""

    keeps = False

    def __init__(self, url: str, secret: str, issuer: str, *, clock: Callable[[], float] = time.time) -> None:
        self._parts, self._secret, self._issuer, self._clock = urlsplit(url), secret, issuer, clock

    def send(self, letter: Letter, hand_over: HandOver) -> Outcome:
        # No hand-over: the gateway knows a repetition by its key and answers it without sending again.
        body = orjson.dumps(self._body(letter))
        try:
            status, answer = self._post(body, letter.request_id)
        except (OSError, http.client.HTTPException) as error:
            raise NotNow(f"{type(error).__name__}: {error}") from error
        if 200 <= status < 300:
            return _read(answer)
        sentence = f"The gateway answered {status}: {answer[:200].decode('utf-8', 'replace')}"
        raise Refused(sentence) if 400 <= status < 500 and status not in _NOT_NOW else NotNow(sentence)

    def close(self) -> None:
        """Nothing stays open."""

    def _body(self, letter: Letter) -> dict[str, Any]:
        members = {
            "requestId": letter.request_id, "interactionId": letter.interaction_id, "type": letter.channel.value,
            "from": str(letter.sender), "to": letter.recipient, "title": letter.subject, "text": letter.text,
            "statusCallback": f"{self._issuer}/gateway/status", **letter.extras,
        }  # fmt: skip
        return {name: value for name, value in members.items() if value not in ("", None)}

    def _post(self, body: bytes, key: str) -> tuple[int, bytes]:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=TIMEOUT)
        path = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        stamp = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": key, "X-Timestamp": stamp,
            "X-Signature": sign(self._secret, stamp, body), "User-Agent": "uaa",
        }  # fmt: skip
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(_LONGEST_ANSWER)
        finally:
            connection.close()


def _read(answer: bytes) -> Outcome:
    """On its way, unless the gateway says more: ``{"status": "DELIVERED"}``, one of the statuses that callers see."""
    try:
        said = orjson.loads(answer)
        return Outcome(DeliveryStatus(said["status"]), str(said.get("description", "")))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return Outcome(DeliveryStatus.PENDING)
