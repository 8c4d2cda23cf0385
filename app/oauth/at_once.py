"""Token requests of the everyday kind, answered at once: by a confidential client, in the body, for all that was granted.

Whatever else a request has, and whatever stands against it, is for the grants: they know every rule and every error.
"""

import re

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from .. import secret_values
from ..here import this_app
from ..secret_values import CLIENT_SECRET
from ..services import redeeming
from ..services.redeeming import Redeemed
from ..services.token_pairs import Lifetimes, TokenPair
from . import client_authentication
from .grants import VERIFIER, CodeGrant, RefreshGrant
from .token_request import Presented, TokenRequest

_CLIENT_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_NOT_EVERYDAY = {"scope", "client_assertion"}


def redeem(request: TokenRequest, lifetimes: Lifetimes) -> TokenPair | None:
    """The tokens asked for; None when the request is for the grants to look at.

    :raises TooManyRequests: the client, or its address, asks too often.
    """
    form = request.form
    if request.query or request.resources or not form.keys().isdisjoint(_NOT_EVERYDAY):
        return None
    try:
        who = request.presented
    except OAuth2Error:
        return None
    secret = who.secret
    if secret is None or not secret_values.is_well_formed(CLIENT_SECRET, secret) or not _CLIENT_ID.fullmatch(who.client_id):
        return None
    redeemed = client_authentication.counted(who.client_id, lambda: _redeem(form, who, secret, lifetimes))
    if redeemed is None:
        return None
    refreshing = redeemed.client_id if form["grant_type"] == RefreshGrant.GRANT_TYPE else None
    this_app().extensions["tally"].count_secret(redeemed.secret_id, refreshing=refreshing)
    return redeemed.pair


def _redeem(form: dict[str, str], who: Presented, secret: str, lifetimes: Lifetimes) -> Redeemed | None:
    grant_type = form.get("grant_type")
    if grant_type == RefreshGrant.GRANT_TYPE and "refresh_token" in form:
        return redeeming.refresh(who.client_id, secret, form["refresh_token"], lifetimes=lifetimes)
    verifier = form.get("code_verifier")
    if grant_type != CodeGrant.GRANT_TYPE or "code" not in form or (verifier and not VERIFIER.fullmatch(verifier)):
        return None
    redirect_uri = form.get("redirect_uri", "")
    if "\0" in redirect_uri:  # not every database compares these
        return None
    return redeeming.exchange(
        who.client_id, secret, form["code"],
        redirect_uri=redirect_uri,
        code_challenge=create_s256_code_challenge(verifier) if verifier else "",
        lifetimes=lifetimes,
    )  # fmt: skip
