"""The guides, in the order in which they are read; each has its text in templates/reference/guides."""

from dataclasses import dataclass

from ...models.connection import EndReason
from ...words import N_


@dataclass(frozen=True)
class Guide:
    """:param name: for its address and its file. :param summary: a line for the list."""

    name: str
    title: str
    summary: str


GUIDES = (
    Guide("quick-start", N_("Quick start"), N_("From a registered app to the first answer of the API.")),
    Guide("errors", N_("Errors"), N_("What an error looks like, what it means, and what to do about it.")),
    Guide("rate-limits", N_("Rate limits"), N_("How often a credential may call, and how to stay below.")),
    Guide("pagination", N_("Pagination"), N_("How to read long lists without missing or repeating anything.")),
    Guide("refreshing", N_("Refreshing safely"), N_("How to keep access alive with several workers and a bad network.")),
    Guide("disconnect-reasons", N_("Disconnect reasons"), N_("Why access ends, and how an app learns of it.")),
    Guide("from-api-keys", N_("From API keys to OAuth"), N_("How an integration moves over without an interruption.")),
)

_ASK_AGAIN = N_("Ask the owner whether to connect again.")
# Each reason, what happened, and what the app does about it.
REASONS = (
    (EndReason.OWNER_DISCONNECTED, N_("The owner disconnected the app."), N_("Stop; connect again only when asked to.")),
    (EndReason.MEMBER_LEFT, N_("The person who approved has left the organization."), N_("Ask another owner to connect.")),
    (
        EndReason.REUSE_DETECTED, N_("A refresh token was used that had been replaced."),
        N_("Look for copies, then connect again."),
    ),
    (EndReason.EXPIRED, N_("Nothing was refreshed in time, or the owner's end date is past."), _ASK_AGAIN),
    (
        EndReason.REPLACED, N_("Who had approved left, and somebody else connected the app anew."),
        N_("Use the newer tokens."),
    ),
    (EndReason.REVOKED_BY_APP, N_("The app gave its access back."), _ASK_AGAIN),
    (EndReason.APP_SUSPENDED, N_("The app is suspended."), N_("Wait; ask the people who run this server.")),
    (EndReason.APP_DELETED, N_("The app was deleted."), N_("Register it anew.")),
)  # fmt: skip
