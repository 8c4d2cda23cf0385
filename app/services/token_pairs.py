"""Token pairs: how long they live, and how one is derived from the code or refresh token before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from .. import secret_values
from ..clock import now
from ..secret_values import ACCESS_TOKEN, RefreshClaim
from .token_clients import TokenClient


@dataclass(frozen=True)
class Lifetimes:
    """Seconds that tokens live, the grace window, and the keys of refresh tokens (the one in use first).

    :param family: seconds after its first pair at which a family ends for good, however often it was refreshed.
    """

    access: int
    refresh: int
    grace: int
    family: int
    keys: Sequence[bytes] = field(repr=False)

    def ordinary(self, *, made_at: datetime) -> "PairLifetime":
        """The lifetime of a pair that neither its app nor its family nor its connection shortens."""
        return PairLifetime(
            made_at=made_at,
            access_until=made_at + timedelta(seconds=self.access),
            refresh_until=made_at + timedelta(seconds=self.refresh),
        )

    def oldest_start(self, lifetime: "PairLifetime") -> datetime:
        """When a family may have begun, at the earliest, for ``lifetime`` to be within the family's own."""
        return max(lifetime.access_until, lifetime.refresh_until) - timedelta(seconds=self.family)

    def of_pair(
        self, client: TokenClient, *, made_at: datetime, started_at: datetime, ends_at: datetime | None
    ) -> "PairLifetime":
        """The lifetime of a pair for ``client``: by the app's own settings, and within its family's.

        :param ends_at: the connection's end date.
        """
        last = started_at + timedelta(seconds=self.family)
        return PairLifetime(
            made_at=made_at,
            access_until=min(made_at + timedelta(seconds=client.access_token_ttl or self.access), last),
            refresh_until=min(made_at + timedelta(seconds=client.refresh_token_ttl or self.refresh), last),
            ends_at=ends_at,
        )


class PairLifetime(NamedTuple):
    """When a pair was made, and when its two tokens end.

    :param ends_at: when the connection ends, and with it both tokens. They keep ends of their own: the account owner may
        choose a later date, and the tokens then live on.
    """

    made_at: datetime
    access_until: datetime
    refresh_until: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True)
class TokenPair:
    """What the token endpoint hands out; the secrets are kept nowhere.

    :param scope: what the access token opens.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str
    lifetime: PairLifetime

    def with_scope(self, scope: str) -> "TokenPair":
        """The same tokens, opening ``scope``."""
        return TokenPair(self.access_token, self.refresh_token, scope, self.lifetime)

    @property
    def expires_in(self) -> int:
        """Seconds that the access token has left."""
        return _seconds_until(self.lifetime.access_until, self.lifetime.ends_at)

    @property
    def refresh_expires_in(self) -> int:
        """Seconds that the refresh token has left."""
        return _seconds_until(self.lifetime.refresh_until, self.lifetime.ends_at)


def derive(claim: RefreshClaim, *, salt: bytes, origin: str, key: bytes, scope: str, lifetime: PairLifetime) -> TokenPair:
    """The pair that follows from ``origin``, a code or refresh token that only its client holds, and ``salt``."""
    return TokenPair(
        access_token=secret_values.derive(ACCESS_TOKEN, salt=salt, origin=origin),
        refresh_token=secret_values.derive_refresh_token(claim, salt=salt, origin=origin, key=key),
        scope=scope,
        lifetime=lifetime,
    )


def _seconds_until(instant: datetime, ends_at: datetime | None) -> int:
    left = round((instant - now()).total_seconds())
    # Rounded down, because nobody may be told more than the account owner has allowed.
    return max(0, left if ends_at is None else min(left, int((ends_at - now()).total_seconds())))
