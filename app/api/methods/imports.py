"""2.1 to 2.3: imports of contacts."""

from contextlib import suppress
from typing import Any

import orjson
from flask import current_app

from ...database import unit_of_work
from ...downloads import Downloads
from ...models import LimitClass
from ...outbound import OutboundBusy, OutboundError
from ...services import contact_imports, import_loading, local_times
from ...services.callers import Caller
from ..groups import UPDATING_CONTACTS
from ..schemas.contact_import import (
    ImportAnswer,
    ImportBody,
    ImportState,
    MappingQuery,
    Rejected,
    UploadAnswer,
    UploadBody,
)

_PATIENCE = 10.0  # seconds


@UPDATING_CONTACTS.post("2.1", "/v1/contacts", body=ImportBody, returns=ImportAnswer, limit=LimitClass.IMPORT)
def import_contacts(caller: Caller, body: ImportBody) -> ImportAnswer:
    """Add or update up to 3,000 contacts in the background."""
    contacts: list[Any] = list(body.contacts)
    readable = [contact for contact in contacts if not isinstance(contact, Rejected)]
    with unit_of_work():
        drafts = [(contact.id, contact.draft()) for contact in readable]
        accepted = contact_imports.accept(caller.organization_id, body.rules(), drafts)
        session_id = accepted.job.session_id
    current_app.extensions["queue"].wake()
    failed = [_failed(contact.sent, contact.error) for contact in contacts if isinstance(contact, Rejected)]
    failed += [_failed(readable[position].sent(), sentence) for position, sentence in accepted.rejected.items()]
    return ImportAnswer(async_session_id=session_id, failed_contacts=failed)


def _failed(sent: Any, sentence: str) -> dict[str, Any]:
    """A rejected contact as it was sent, and why."""
    try:
        orjson.dumps(sent)
    except orjson.JSONEncodeError:
        sent = {}  # nested more deeply than JSON can be written
    return (sent if isinstance(sent, dict) else {"contact": sent}) | {"error": sentence}


@UPDATING_CONTACTS.post("2.2", "/v1/contacts/upload", body=UploadBody, returns=UploadAnswer, limit=LimitClass.IMPORT)
def import_file(caller: Caller, body: UploadBody) -> UploadAnswer:
    """Add or update contacts in the background, from a CSV file at a link."""
    downloads: Downloads = current_app.extensions["downloads"]
    try:
        with unit_of_work():
            check_heading = import_loading.prepare(caller.organization_id, body.rules())
        # When others are waited for already, the worker finds out what is wrong with this one.
        with (
            suppress(OutboundBusy),
            downloads.open(body.link, limit_bytes=import_loading.LARGEST_FILE, timeout=_PATIENCE) as file,
        ):
            check_heading(file)
    except (OutboundError, import_loading.FileRefused) as error:
        return UploadAnswer(valid=False, message=str(error))
    with unit_of_work():
        job = contact_imports.accept_file(caller.organization_id, body.rules(), body.link)
        answer = UploadAnswer(valid=True, message="", import_id=job.session_id, file_id=f"f-{job.id}")
    current_app.extensions["queue"].wake()
    return answer


@UPDATING_CONTACTS.get("2.3", "/v1/importstatus/<session_id>", query=MappingQuery, returns=ImportState)
def get_import_status(caller: Caller, session_id: str, query: MappingQuery) -> tuple[ImportState, dict[str, str]]:
    """How far an import is, and which contacts its rows have become; for a month after its end."""
    job = contact_imports.get(caller.organization_id, session_id)
    mapping, total = contact_imports.mapping(job, offset=query.offset, limit=query.maxrows)
    return ImportState.describe(job, mapping, local_times.zone_of(caller.organization_id)), {"TotalCount": str(total)}
