"""The API's own description: /openapi.json for programs, /docs for people, and guides beside it.

The page is our own and not a vendored viewer's: with this server's content security policy Scalar's styles are refused,
and it calls its makers' servers; Swagger UI shows nothing without scripts, and curl only after a call.
"""

from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from ...database import unit_of_work
from ...services import reference_client
from ...settings import Settings
from .. import openapi
from ..endpoint import ENDPOINTS
from ..methods.version import BUILD
from .guides import GUIDES, REASONS
from .methods import Section, sections
from .words import duration, rate, ticks

reference = Blueprint("reference", __name__)
for filter in (duration, rate, ticks):
    reference.app_template_filter(filter.__name__)(filter)

_AUTHORIZE, _TOKEN, _REVOKE = "/uaa/oauth/authorize", "/uaa/oauth/token", "/uaa/oauth/revoke"
# What the page's script adds to the link: its answer belongs to the browser that asked.
_PROOF = ("state", "code_challenge")


@reference.get("/openapi.json")
def openapi_document() -> Response:
    """The OpenAPI document. It is public, and tools in a browser may read it."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return Response(orjson.dumps(_document()), mimetype="application/json", headers=headers)


@reference.get(reference_client.PATH)
def docs() -> str:
    """The API reference; also where a sign-in of "Try it" comes back to."""
    return render_template(
        "reference/docs.html",
        sections=_sections(),
        guides=GUIDES,
        issuer=_settings().issuer,
        client_id=reference_client.CLIENT_ID,
        token_path=_TOKEN,
        revoke_path=_REVOKE,
        is_signed_in=current_user.is_authenticated,
    )


@reference.post(f"{reference_client.PATH}/sign-in")
def sign_in() -> BaseResponse:
    """Go to the authorization form, as any app sends its users there, with the proof that the page's script made."""
    proof = {name: request.form.get(name, "") for name in _PROOF}
    if not all(proof.values()):
        abort(400)
    with unit_of_work():
        client = reference_client.ensure(_settings().issuer)
        callback_url = client.callback_urls[0].url
    link = {"response_type": "code", "client_id": reference_client.CLIENT_ID, "redirect_uri": callback_url}
    # Without a host: the page has made sure that the browser knows this server by its public address.
    return redirect(f"{_AUTHORIZE}?{urlencode(link | proof | {'code_challenge_method': 'S256'})}", 303)


@reference.get(f"{reference_client.PATH}/guides/<name>")
def guide(name: str) -> str:
    """One guide; its figures are this server's settings."""
    found = next((guide for guide in GUIDES if guide.name == name), None)
    if found is None:
        abort(404)
    return render_template(
        f"reference/guides/{name}.html",
        guide=found,
        guides=GUIDES,
        settings=_settings(),
        issuer=_settings().issuer,
        reasons=REASONS,
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _document() -> dict[str, Any]:
    """Made once: methods and settings stay as they are while the server runs."""
    made: dict[str, Any] = current_app.extensions.setdefault("openapi", {})
    if not made:
        made.update(openapi.document(ENDPOINTS, issuer=_settings().issuer, version=BUILD))
    return made


def _sections() -> list[Section]:
    made: list[Section] = current_app.extensions.setdefault("reference", [])
    if not made:
        made.extend(sections(_document()))
    return made
