"""Whether the process answers, and whether it can work."""

from flask import Response, current_app, jsonify

from ..services import health
from .blueprint import pages


@pages.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database is reachable and its migrations are applied. What it can do without is named, but counts as ready."""
    problems = health.problems()
    if problems:
        return jsonify(status="unavailable", problems=problems), 503
    lacking = current_app.extensions["counters"].problem()
    return jsonify(status="degraded" if lacking else "ok", problems=[lacking] if lacking else []), 200
