"""The secrets of a partner app: two may live at a time, so that one can be replaced without a pause."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from ...clock import now
from ...database import unit_of_work
from ...errors import Conflict, NotFound
from ...languages import say
from ...models import CredentialKind
from ...services import clients, usage
from ..blueprint import pages
from .own import ADDRESS, own_app, page_of
from .snippets import dot_env

STILL_IN_USE = timedelta(days=7)
RETIRED_SHOWN = 5


@pages.get(f"{ADDRESS}/secrets")
@login_required
def app_secrets(client_id: str) -> str:
    """The secrets, and when each was used."""
    client = own_app(client_id)
    used = usage.last_used(CredentialKind.CLIENT_SECRET, [secret.id for secret in client.secrets])
    live = clients.live_secrets(client)
    retired = [secret for secret in client.secrets if secret.retired_at is not None]
    return page_of(
        client,
        "secrets.html",
        live=[
            {"secret": secret, "last_used_at": at, "is_in_use": at is not None and at > now() - STILL_IN_USE}
            for secret in live
            for at in (used.get(secret.id),)
        ],
        retired=retired[: -RETIRED_SHOWN - 1 : -1],
        may_add=len(live) < clients.LIVE_SECRETS,
        used=used,
    )


@pages.post(f"{ADDRESS}/secrets")
@login_required
def make_secret(client_id: str) -> str | Response:
    """One more secret, shown this once."""
    try:
        with unit_of_work():
            client = own_app(client_id)
            issued = clients.add_secret(client)
    except Conflict as error:
        flash(say(error.detail), "error")
        return redirect(url_for("pages.app_secrets", client_id=client_id))
    return page_of(client, "new_secret.html", secret=issued.plain, dot_env=dot_env(client, issued.plain))


@pages.post(f"{ADDRESS}/secrets/retire")
@login_required
def retire_secret(client_id: str) -> Response:
    """End a secret."""
    own_app(client_id)  # whoever may not see the app is told that first
    try:
        with unit_of_work():
            retired = clients.retire_secret(own_app(client_id), request.form.get("hint", ""))
    except (Conflict, NotFound) as error:
        flash(say(error.detail), "error")
    else:
        flash(gettext("The secret %(hint)s… is retired.", hint=retired.hint), "success")
    return redirect(url_for("pages.app_secrets", client_id=client_id))
