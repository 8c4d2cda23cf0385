"""Figures of the server for Prometheus, told to whoever has the operator's token."""

import hmac

from flask import Response, abort, current_app, request

from ..errors import Unauthorized
from ..metrics import Family, Gauges, Metrics
from ..services import waiting_jobs
from ..settings import Settings
from .blueprint import pages

_WAITING = Family("Jobs that are not over: deliveries, imports, broadcasts and account letters.", ("kind",), "gauge")
_OLDEST = Family("Seconds for which the oldest job has been due; 0 when none is.", ("kind",), "gauge")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class TokenMissing(Unauthorized):
    detail = "Send the token of UAA_METRICS_TOKEN: 'Authorization: Bearer ...'."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="metrics"'}


@pages.get("/metrics")
def metrics() -> Response:
    """The figures; there is no such page on a server whose operator has set no token."""
    settings: Settings = current_app.config["SETTINGS"]
    found: Metrics = current_app.extensions["metrics"]
    if not found.is_on:
        abort(404)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), settings.metrics_token.encode()):
        raise TokenMissing
    waiting = waiting_jobs.read()
    gauges: Gauges = {
        "uaa_jobs_waiting": (_WAITING, {(kind,): float(one.number) for kind, one in waiting.items()}),
        "uaa_jobs_oldest_due_seconds": (_OLDEST, {(kind,): one.late for kind, one in waiting.items()}),
    }
    return Response(found.text(gauges), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
