"""A run of the whole flow on this site: the built-in callback shows each request with its answer.

The code is exchanged by a script in the developer's own browser, with the secret that the developer pastes there.
"""

import secrets
import shlex

from flask import redirect, request, session
from flask_login import login_required
from werkzeug.wrappers import Response

from ...models import Client
from ...services import test_callbacks
from ..blueprint import pages
from .own import own_app, page_of, settings
from .pkce import Proof
from .snippets import API, TOKEN, authorize_link

ADDRESS = test_callbacks.PATH.format(client_id="<client_id>")


@pages.post(ADDRESS)
@login_required
def start_test_run(client_id: str) -> Response:
    """Go to the authorization form as the app would send its users there."""
    client = own_app(client_id)
    state, proof = secrets.token_urlsafe(16), Proof.new()
    callback_url = test_callbacks.url_of(client, issuer=settings().issuer)
    link = authorize_link(
        client, callback_url=callback_url, scope=client.scope, state=state, prompt="consent", **proof.parameters
    )
    session["test_run"] = {"client_id": client_id, "state": state, "verifier": proof.verifier, "link": link}
    return redirect(link, 303)


@pages.get(ADDRESS)
@login_required
def test_callback(client_id: str) -> str | Response:
    """What came back, and what comes next."""
    client = own_app(client_id)
    run = session.get("test_run", {})
    is_ours = run.get("client_id") == client_id and request.args.get("state") == run.get("state")
    return page_of(
        client,
        "test_run.html",
        run=run if is_ours else None,
        answer=request.args,
        has_answer="code" in request.args or "error" in request.args,
        callback_url=test_callbacks.url_of(client, issuer=settings().issuer),
        code_ttl=settings().code_ttl,
        token_path=TOKEN,
        curl=_curl(client, request.args.get("code", ""), run.get("verifier", "")),
        api_path=f"{API}/v1/account/info",
    )


def _curl(client: Client, code: str, verifier: str) -> str:
    callback_url = test_callbacks.url_of(client, issuer=settings().issuer)
    who = f"-d client_id={client.client_id}" if client.is_public else f'-u "{client.client_id}:$UAA_CLIENT_SECRET"'
    parts = (
        f"curl {settings().issuer}{TOKEN} {who}",
        f"-d grant_type=authorization_code --data-urlencode {shlex.quote(f'code={code}')}",
        f"--data-urlencode {shlex.quote(f'redirect_uri={callback_url}')} -d {shlex.quote(f'code_verifier={verifier}')}",
    )
    return " \\\n  ".join(parts)
