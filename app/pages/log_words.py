"""What events of the security log say besides, in words: the names of details, and values that are words of ours."""

from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from ..languages import say, say_kept
from ..models import AuditEvent
from ..models.connection import EndReason
from ..services.audit import AuditKind
from ..words import N_
from .context import when

NAMES = {
    "account": N_("account"), "after": N_("after"), "approved_by": N_("approved by"), "before": N_("before"),
    "by": N_("by means of"), "changed": N_("changed"), "client_id": N_("client id"), "connections": N_("connections"),
    "ends_at": N_("ends"), "limit": N_("limit"), "prefix": N_("prefix"), "reason": N_("reason"),
    "resource": N_("resource"), "role": N_("role"), "scope": N_("scope"), "secret": N_("secret"), "step": N_("step"),
    "successor": N_("successor"), "taken": N_("taken"), "what": N_("of what"),
}  # fmt: skip
# By the name of the detail; what is not here stands as it is.
_ROLES = {"owner": N_("owner"), "admin": N_("admin"), "member": N_("member")}
VALUES: dict[str, dict[str, str]] = {
    "role": _ROLES,
    "by": {"link": N_("the link of a letter")},
    "step": {"second": N_("the second one, a code")},
    "ends_at": {"never": N_("never")},
    "limit": {"usual": N_("as usual")},
    "what": {
        "all": N_("everything"), "general": N_("calls"), "import": N_("imports"), "send": N_("campaign sends"),
        "token": N_("token requests"),
    },
    "reason": {
        EndReason.OWNER_DISCONNECTED: N_("disconnected by hand"), EndReason.MEMBER_LEFT: N_("who approved it left"),
        EndReason.REUSE_DETECTED: N_("a used credential was presented again"), EndReason.EXPIRED: N_("its end date"),
        EndReason.REPLACED: N_("a newer approval"), EndReason.REVOKED_BY_APP: N_("ended by the app"),
        EndReason.APP_SUSPENDED: N_("the app was suspended"), EndReason.APP_DELETED: N_("the app was deleted"),
    },
    "changed": {
        "name": N_("name"), "shown_name": N_("shown name"), "logo": N_("logo"), "scope": N_("access scopes"),
        "callback_urls": N_("callback URLs"), "access_token_ttl": N_("lifetime of access tokens"),
        "refresh_token_ttl": N_("lifetime of refresh tokens"),
        "allows_query_credentials": N_("credentials in the query string"),
    },
}  # fmt: skip
_OF_ROLES = {"before": _ROLES, "after": _ROLES}
# Who acts when nobody is signed in.
_NOBODY = (N_("system"), N_("command line"))


def details(event: AuditEvent) -> list[tuple[str, Markup]]:
    """What ``event`` says besides: names, each with its value."""
    # What else was one thing before and another after has names that people gave.
    known = VALUES | _OF_ROLES if event.kind == AuditKind.ROLE_CHANGED else VALUES
    return [
        (say(NAMES.get(name, name)), _value(name, value, known.get(name, {})))
        for name, value in event.detail.items()
        if value
    ]


def actor(event: AuditEvent) -> str:
    """Who did it."""
    return say_kept(event.actor) if event.actor in _NOBODY else event.actor


def _value(name: str, value: Any, known: dict[str, str]) -> Markup:
    if isinstance(value, list):
        return Markup(", ").join(_value(name, one, known) for one in value)
    word = known.get(value) if isinstance(value, str) else None
    if word is None and name == "ends_at":
        return when(datetime.fromisoformat(value))
    return escape(say(word) if word else value)
