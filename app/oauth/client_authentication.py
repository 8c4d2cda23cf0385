"""Client authentication (RFC 6749 section 2.3): whether the credentials presented are the client's, and how often."""

from collections.abc import Callable

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from ..here import this_app, this_request
from ..models import EndReason
from ..rates import Rate
from ..services import rate_limits
from ..services.rate_limits import Counters
from ..services.redeeming import Redeemed
from ..services.token_clients import TokenClient
from ..services.usage import Tally
from ..settings import Settings
from ..words import N_
from .token_request import Presented

FAILURES, REQUESTS = "client authentication from", "token requests by"
_LONGEST_ID = 2048  # an app that describes itself has an address for its id


class DeletedClientError(InvalidClientError):
    """The app was deleted; said only to whoever still holds its secret."""

    description = N_("The app was deleted.")

    def __init__(self) -> None:
        super().__init__(status_code=401)

    def get_body(self) -> list[tuple[str, str]]:
        return [*super().get_body(), ("reason", EndReason.APP_DELETED.value)]


def verify(client: TokenClient | None, presented: Presented, *, secrets_in_query: bool = False) -> TokenClient:
    """Return ``client`` when ``presented`` proves that it asks.

    :param secrets_in_query: whether the request has any secret in its address, which the client may have to leave out.

    Failures count against the address that they come from, successes against the client: nobody can use up an app's
    requests by knowing its public identifier.

    :raises InvalidClientError: 401. :raises InvalidRequestError: see above.
    :raises TooManyRequests: either window is used up.
    """
    settings: Settings = this_app().config["SETTINGS"]
    check_limits(presented)
    try:
        proven = _proven(client, presented, takes_query=settings.query_credentials)
    except InvalidClientError:
        _take(settings.rate_limit_token, FAILURES, this_request().remote_addr or "")
        raise
    _take(rate_of(proven.client_id), REQUESTS, proven.client_id)
    _count_secret(proven.secret_id)
    if secrets_in_query and not (settings.query_credentials and proven.allows_query_credentials):
        raise InvalidRequestError(N_("Codes and tokens in the query string are not accepted."))
    return proven


def check_limits(presented: Presented) -> None:
    """Whether somebody may try to be this client, before anything is looked up.

    :raises TooManyRequests: either window is used up.
    """
    counters = _check_address()
    client_id = presented.client_id[:_LONGEST_ID]
    rate_limits.check(counters, rate_of(client_id), REQUESTS, client_id)


def _check_address() -> Counters:
    app = this_app()
    settings: Settings = app.config["SETTINGS"]
    counters: Counters = app.extensions["counters"]
    rate_limits.check(counters, settings.rate_limit_token, FAILURES, this_request().remote_addr or "")
    return counters


def counted(client_id: str, redeem: Callable[[], Redeemed | None]) -> Redeemed | None:
    """What ``redeem`` does for this client, its request counted beforehand, so that no more than its limit pass at once; it
    is taken back unless the request turns out to be the client's own.

    :raises TooManyRequests: either window is used up.
    """
    counters, rate = _check_address(), rate_of(client_id)
    redeemed: Redeemed | None = None
    try:
        rate_limits.take(counters, rate, REQUESTS, client_id)
        redeemed = redeem()
    finally:
        if redeemed is None:
            rate_limits.give_back(counters, rate, REQUESTS, client_id)
    return redeemed


def rate_of(client_id: str) -> Rate:
    """How many requests this client may make."""
    app = this_app()
    settings: Settings = app.config["SETTINGS"]
    return app.extensions["own_limits"].of_token_requests(client_id) or settings.rate_limit_token


def _take(rate: Rate, *key: str) -> None:
    rate_limits.take(this_app().extensions["counters"], rate, *key)


def _count_secret(secret_id: int | None) -> None:
    if secret_id is not None:
        tally: Tally = this_app().extensions["tally"]
        tally.count_secret(secret_id)


def _proven(client: TokenClient | None, presented: Presented, *, takes_query: bool) -> TokenClient:
    if client is None or (not client.is_public and client.secret_id is None):
        raise InvalidClientError(status_code=401, description=N_("The client is unknown or its secret is wrong."))
    if client.is_public and presented.secret is not None:
        raise InvalidClientError(status_code=401, description=N_("A public client has no secret."))
    if client.deleted_at is not None:
        raise DeletedClientError
    if presented.method == "client_secret_query" and not (takes_query and client.allows_query_credentials):
        raise InvalidClientError(status_code=401, description=N_("Client secrets in the query string are not accepted."))
    return client
