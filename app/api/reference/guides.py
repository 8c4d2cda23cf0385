"""The guides, in the order in which they are read; each has its text in templates/reference/guides."""

from dataclasses import dataclass

from ...models.connection import EndReason


@dataclass(frozen=True)
class Guide:
    """:param name: for its address and its file. :param summary: a line for the list."""

    name: str
    title: str
    summary: str


GUIDES = (
    Guide("quick-start", "Quick start", "From a registered app to the first answer of the API."),
    Guide("errors", "Errors", "What an error looks like, what it means, and what to do about it."),
    Guide("rate-limits", "Rate limits", "How often a credential may call, and how to stay below."),
    Guide("pagination", "Pagination", "How to read long lists without missing or repeating anything."),
    Guide("refreshing", "Refreshing safely", "How to keep access alive with several workers and a bad network."),
    Guide("disconnect-reasons", "Disconnect reasons", "Why access ends, and how an app learns of it."),
    Guide("from-api-keys", "From API keys to OAuth", "How an integration moves over without an interruption."),
)

_ASK_AGAIN = "Ask the owner whether to connect again."
# Each reason, what happened, and what the app does about it.
REASONS = (
    (EndReason.OWNER_DISCONNECTED, "The owner disconnected the app.", "Stop; connect again only when asked to."),
    (EndReason.MEMBER_LEFT, "The person who approved has left the organization.", "Ask another owner to connect."),
    (EndReason.REUSE_DETECTED, "A refresh token was used that had been replaced.", "Look for copies, then connect again."),
    (EndReason.EXPIRED, "Nothing was refreshed in time, or the owner's end date is past.", _ASK_AGAIN),
    (EndReason.REPLACED, "Who had approved left, and somebody else connected the app anew.", "Use the newer tokens."),
    (EndReason.REVOKED_BY_APP, "The app gave its access back.", _ASK_AGAIN),
    (EndReason.APP_SUSPENDED, "The app is suspended.", "Wait; ask the people who run this server."),
    (EndReason.APP_DELETED, "The app was deleted.", "Register it anew."),
)
