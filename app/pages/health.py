"""Whether the process answers, and whether it can work."""

from flask import Response, jsonify

from ..services import health
from .blueprint import pages


@pages.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database is reachable and its migrations are applied."""
    problems = health.problems()
    return jsonify(status="unavailable" if problems else "ok", problems=problems), 503 if problems else 200
