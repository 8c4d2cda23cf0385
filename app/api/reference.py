"""The API's own description: /openapi.json."""

import orjson
from flask import Blueprint, Response, current_app

from . import openapi
from .endpoint import ENDPOINTS
from .methods.version import BUILD

reference = Blueprint("reference", __name__)


@reference.get("/openapi.json")
def openapi_document() -> Response:
    """The OpenAPI document. It is public, and tools in a browser may read it."""
    document = openapi.document(ENDPOINTS, issuer=current_app.config["SETTINGS"].issuer, version=BUILD)
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return Response(orjson.dumps(document), mimetype="application/json", headers=headers)
