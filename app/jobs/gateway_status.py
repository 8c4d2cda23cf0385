"""The gateway's callback: what became of SMS, Viber and push messages, signed by the key that both sides have."""

from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from ..database import unit_of_work
from ..extensions import csrf
from ..models import DeliveryStatus
from ..services import delivery_status, local_times
from ..settings import Settings
from ..signatures import is_genuine

_MOST = 1000

gateway = Blueprint("gateway", __name__)
csrf.exempt(gateway)


@gateway.post("/gateway/status")
def gateway_status() -> Response:
    """Note one status, or a list of them: ``{"requestId", "status", "time"?, "description"?}``. Safe to repeat."""
    settings: Settings = current_app.config["SETTINGS"]
    body, headers = request.get_data(), request.headers
    if not is_genuine(settings.gateway_secret, headers.get("X-Timestamp", ""), body, headers.get("X-Signature", "")):
        return _answer(401, error="unauthorized", detail="The signature is missing, wrong or too old.")
    try:
        said_at = datetime.fromtimestamp(int(headers["X-Timestamp"]), UTC)
        reports = [_Report(item, said_at) for item in _items(body)]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        return _answer(400, error="bad_request", detail=f"Not a status, or a list of at most {_MOST}: {error}")
    moved = 0
    for report in reports:
        with unit_of_work():
            moved += report.note()
    return _answer(200, received=len(reports), moved=moved)


class _Report:
    """:param said_at: counts when the report has no time. :raises ValueError: it is none."""

    def __init__(self, item: dict[str, Any], said_at: datetime) -> None:
        self.request_id, self.status = str(item["requestId"]), DeliveryStatus(item["status"])
        if self.status is DeliveryStatus.IN_QUEUE:
            raise ValueError("IN_QUEUE is no news")
        self.at = local_times.read(str(item.get("time") or "")) or said_at
        self.description, self.link = str(item.get("description") or ""), item.get("link")

    def note(self) -> bool:
        delivery_id = delivery_status.find_id_by_request(self.request_id)
        if delivery_id is None:
            return False
        link = str(self.link) if self.link else None
        return delivery_status.move(
            delivery_id, self.status, at=self.at, description=self.description, click_link=link
        )  # fmt: skip


def _items(body: bytes) -> list[dict[str, Any]]:
    value = orjson.loads(body)
    items: list[Any] = value if isinstance(value, list) else [value]
    if len(items) > _MOST or not all(isinstance(item, dict) for item in items):
        raise ValueError("too many, or no objects")
    if any("\0" in str(part) for item in items for part in item.values()):
        raise ValueError("NUL characters")
    return items


def _answer(status: int, **members: Any) -> Response:
    return Response(orjson.dumps(members), status, mimetype="application/json")
