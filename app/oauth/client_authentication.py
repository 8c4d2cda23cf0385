"""Client authentication (RFC 6749 section 2.3): whether the credentials presented are the client's, and how often."""

from authlib.oauth2.rfc6749 import InvalidClientError
from flask import current_app, request

from ..models import EndReason
from ..services import rate_limits
from ..services.token_clients import TokenClient
from ..services.usage import Tally
from ..settings import Settings
from .token_request import Presented


class DeletedClientError(InvalidClientError):
    """The app was deleted; said only to whoever still holds its secret."""

    description = "The app was deleted."

    def __init__(self) -> None:
        super().__init__(status_code=401)

    def get_body(self) -> list[tuple[str, str]]:
        return [*super().get_body(), ("reason", EndReason.APP_DELETED.value)]


def verify(client: TokenClient | None, presented: Presented) -> TokenClient:
    """Return ``client`` when ``presented`` proves that it asks.

    Failures count against the address that they come from, successes against the client: nobody can use up an app's
    requests by knowing its public identifier.

    :raises InvalidClientError: 401. :raises TooManyRequests: either window is used up.
    """
    settings: Settings = current_app.config["SETTINGS"]
    counters, rate = current_app.extensions["counters"], settings.rate_limit_token
    address = request.remote_addr or ""
    rate_limits.check(counters, rate, "client authentication from", address)
    try:
        proven = _proven(client, presented, takes_query=settings.query_credentials)
    except InvalidClientError:
        rate_limits.take(counters, rate, "client authentication from", address)
        raise
    rate_limits.take(counters, rate, "token requests by", str(proven.id))
    if proven.secret_id is not None:
        tally: Tally = current_app.extensions["tally"]
        tally.count_secret(proven.secret_id)
    return proven


def _proven(client: TokenClient | None, presented: Presented, *, takes_query: bool) -> TokenClient:
    if client is None or (not client.is_public and client.secret_id is None):
        raise InvalidClientError(status_code=401, description="The client is unknown or its secret is wrong.")
    if client.is_public and presented.secret is not None:
        raise InvalidClientError(status_code=401, description="A public client has no secret.")
    if client.deleted_at is not None:
        raise DeletedClientError
    if presented.method == "client_secret_query" and not (takes_query and client.allows_query_credentials):
        raise InvalidClientError(status_code=401, description="Client secrets in the query string are not accepted.")
    return client
