"""Quick start: from nothing to a working integration, with a partner app's own values filled in."""

import secrets

from flask import request
from flask_login import login_required

from ..blueprint import pages
from .own import ADDRESS, own_app, page_of, settings
from .pkce import Proof
from .snippets import authorize_link, first_callback, samples


@pages.get(f"{ADDRESS}/quick-start")
@login_required
def quick_start(client_id: str) -> str:
    """The authorize link, a test of the whole flow, and code."""
    client = own_app(client_id)
    callback_url, proof = first_callback(client), Proof.new() if client.is_public else None
    parameters = {"scope": client.scope, "state": secrets.token_urlsafe(16)} | (proof.parameters if proof else {})
    return page_of(
        client,
        "quick_start.html",
        callback_url=callback_url,
        link=authorize_link(client, callback_url=callback_url, **parameters) if callback_url else None,
        verifier=proof.verifier if proof else None,
        samples=samples(client),
        is_at_public_address=request.host_url.rstrip("/") == settings().issuer,
    )
