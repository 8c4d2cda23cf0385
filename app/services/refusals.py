"""Why the token endpoint refuses: rules raise these, the oauth door says them in the RFC's words."""

from datetime import datetime

from ..clock import now
from ..errors import AppError
from ..models.connection import EndReason
from ..words import N_


class GrantRefused(AppError):
    """A code or refresh token that is invalid, expired, used, ended, or another client's (RFC 6749 section 5.2).

    :param reason: why access ended, for the authenticated client alone.
    """

    code, status = "invalid_grant", 400
    keeps_changes = True  # a replayed code or token ends its family, and that must outlive the refusal

    def __init__(self, detail: str, *, reason: EndReason | None = None) -> None:
        super().__init__(detail)
        self.reason = reason


class ScopeTakenBack(GrantRefused):
    """The owner has taken back what is asked for, but not everything that was granted (RFC 6749 section 5.2)."""

    code = "invalid_scope"

    def __init__(self) -> None:
        super().__init__(N_("The owner has taken back the access scopes that are asked for; others are left."))


def check_end_date(ends_at: datetime | None) -> None:
    """:raises GrantRefused: the end date that the account owner chose is past."""
    if ends_at is not None and ends_at <= now():
        raise GrantRefused(N_("Access was allowed up to a date, which is past."), reason=EndReason.EXPIRED)
