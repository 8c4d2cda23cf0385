"""Security log: the organization's audit events, to look through and to take along as JSON."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from flask import Response, render_template, request, stream_with_context, url_for
from flask_login import login_required

from ..models import AuditEvent
from ..services import audit
from ..services.audit import AuditKind, Filter
from ..words import N_
from . import log_words, paging
from .access import managing_membership
from .blueprint import pages

PAGE = 50
FILTERS = ("kind", "words", "since", "until")
KINDS = frozenset(kind.value for kind in AuditKind)

SENTENCES = {
    AuditKind.SIGNED_IN: N_("Signed in"),
    AuditKind.SIGN_IN_FAILED: N_("Failed to sign in"),
    AuditKind.SIGNED_OUT: N_("Signed out"),
    AuditKind.USER_CREATED: N_("Account created"),
    AuditKind.ORGANIZATION_CREATED: N_("Organization created"),
    AuditKind.APP_REGISTERED: N_("App registered"),
    AuditKind.APP_CHANGED: N_("App changed"),
    AuditKind.APP_TRANSFERRED: N_("App transferred to another organization"),
    AuditKind.APP_SUSPENDED: N_("App suspended"),
    AuditKind.APP_RESUMED: N_("App resumed"),
    AuditKind.APP_DELETED: N_("App deleted"),
    AuditKind.CONNECTION_APPROVED: N_("Access allowed"),
    AuditKind.CONNECTION_DENIED: N_("Access refused"),
    AuditKind.CONNECTION_NARROWED: N_("Access narrowed"),
    AuditKind.CONNECTION_TAKEN_OVER: N_("Access taken over"),
    AuditKind.CONNECTION_END_DATE: N_("End of access set"),
    AuditKind.CONNECTION_ENDED: N_("Access ended"),
    AuditKind.REUSE_DETECTED: N_("Used refresh token presented again"),
    AuditKind.CODE_REPLAYED: N_("Used code presented again"),
    AuditKind.API_KEY_MADE: N_("API key created"),
    AuditKind.API_KEY_ROTATED: N_("API key rotated"),
    AuditKind.API_KEY_DISABLED: N_("API key switched off"),
    AuditKind.API_KEY_ENABLED: N_("API key switched on"),
    AuditKind.API_KEY_REVOKED: N_("API key revoked"),
    AuditKind.SECRET_MADE: N_("Client secret created"),
    AuditKind.SECRET_RETIRED: N_("Client secret retired"),
    AuditKind.PASSWORD_CHANGED: N_("Password changed"),
    AuditKind.SECOND_FACTOR_ON: N_("Two-step sign-in turned on"),
    AuditKind.SECOND_FACTOR_OFF: N_("Two-step sign-in turned off"),
    AuditKind.RECOVERY_CODE_USED: N_("Recovery code used"),
    AuditKind.RECOVERY_CODES_RENEWED: N_("Recovery codes renewed"),
    AuditKind.EMAIL_CHANGED: N_("Email address changed"),
    AuditKind.PASSWORD_RESET_LINK_MADE: N_("Link to set a new password made"),
    AuditKind.ROLE_CHANGED: N_("Role changed"),
    AuditKind.MEMBER_INVITED: N_("Person invited"),
    AuditKind.INVITATION_WITHDRAWN: N_("Invitation withdrawn"),
    AuditKind.MEMBER_ADDED: N_("Member added"),
    AuditKind.MEMBER_REMOVED: N_("Member removed"),
    AuditKind.LIMIT_CHANGED: N_("Rate limit changed"),
}


@pages.get("/settings/security")
@login_required
def security_log() -> str:
    """What happened in the organization."""
    place = managing_membership()
    before = paging.before()
    found = audit.search(place.organization, _filter(), limit=PAGE + 1, before=before)
    shown = found.events[:PAGE]
    last = shown[-1].id if len(found.events) > PAGE else found.goes_on_before
    return render_template(
        "pages/security_log.html",
        events=[_shown(event) for event in shown],
        kinds={kind.value: sentence for kind, sentence in SENTENCES.items()},
        older=_address("pages.security_log", before=last) if last else None,
        goes_on=found.goes_on_before is not None,
        newest=_address("pages.security_log") if before is not None else None,
        export=_address("pages.security_log_as_json"),
        is_filtered=any(request.args.get(name) for name in FILTERS),
    )


@pages.get("/settings/security.json")
@login_required
def security_log_as_json() -> Response:
    """All events that fit the filter, as one JSON array."""
    place = managing_membership()
    wanted = _filter()
    # Once the answer has begun an error can't be told any more: the database looks at the filter first.
    audit.search(place.organization, wanted, limit=1)
    events = audit.stream(place.organization, wanted)
    response = Response(stream_with_context(_array(events)), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="security-log.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _filter() -> Filter:
    kind = request.args.get("kind", "")
    until = _day("until")
    return Filter(
        kinds=[AuditKind(kind)] if kind in KINDS else (),
        words=request.args.get("words", "").strip()[:100],
        since=_day("since"),
        until=until + timedelta(days=1) if until else None,
    )


def _day(name: str) -> datetime | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1970 <= day.year < 9000 else None


def _address(endpoint: str, **parameters: Any) -> str:
    chosen: dict[str, Any] = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return url_for(endpoint, **chosen, **parameters)


def _shown(event: AuditEvent) -> dict[str, Any]:
    sentence = SENTENCES[AuditKind(event.kind)]
    return {"event": event, "sentence": sentence, "details": log_words.details(event), "actor": log_words.actor(event)}


def _array(events: Iterator[AuditEvent]) -> Iterator[bytes]:
    separator = b"["
    for event in events:
        yield separator + orjson.dumps(
            {"id": event.id, "at": event.at, "kind": event.kind, "actor": event.actor, "address": event.address,
             "subject": event.subject, "detail": event.detail}
        )  # fmt: skip
        separator = b",\n"
    yield b"]" if separator != b"[" else b"[]"
