"""``methods``: the methods of the resource API."""

import re
from typing import Any

from flask import current_app
from flask.cli import with_appcontext

from .json_commands import JsonGroup

methods = JsonGroup("methods", help="The methods of the resource API.")


@methods.command("list")
@with_appcontext
def list_() -> list[dict[str, Any]]:
    """List the methods by group, with the scope that each needs."""
    return [
        {
            "number": endpoint.number,
            "verb": endpoint.verb,
            "path": "/api" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", endpoint.path),
            "group": endpoint.group.title,
            "scope": endpoint.scope,
            "summary": endpoint.summary,
            "deprecated": endpoint.deprecated,
        }
        for endpoint in sorted(current_app.extensions["methods"], key=_order)
    ]


def _order(endpoint: Any) -> list[int]:
    return [int(part) for part in endpoint.number.split(".")]
