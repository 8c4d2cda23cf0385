"""The logos of partner apps. An address names a content, so that browsers may keep it for ever."""

from flask import Response

from ..services import logos
from .blueprint import pages


@pages.get("/logos/<client_id>/<digest>/<int:size>.png")
def logo(client_id: str, digest: str, size: int) -> Response:
    """A logo as PNG, to anybody who has its address."""
    response = Response(logos.get(client_id, digest, size), mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.set_etag(digest)
    return response
