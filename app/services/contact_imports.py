"""Imports of contacts: accepting them, and telling how far they are. They are worked off by ``import_steps``."""

import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import orjson
from sqlalchemy import BigInteger, cast, delete, func, insert, select

from ..clock import now
from ..database import changed, reading, table_of
from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import ContactImport, ImportChunk, ImportedContact, ImportStage
from . import address_books, contact_drafts, event_keys, events, import_reading, remembered
from .address_books import Catalogue
from .contact_drafts import ContactDraft
from .import_rules import DedupeOn, ImportRules
from .import_steps import CHUNK

# A caller that comes back late still learns what became of its rows.
KEPT = timedelta(days=30)

_import, _chunk, _imported = table_of(ContactImport), table_of(ImportChunk), table_of(ImportedContact)


@dataclass(frozen=True)
class Accepted:
    """:param rejected: the positions of contacts that are not imported, and why."""

    job: ContactImport
    rejected: dict[int, str]


def accept(organization_id: int, rules: ImportRules, contacts: Sequence[tuple[int | None, ContactDraft]]) -> Accepted:
    """Accept contacts with their ids, if they have any; those that are not acceptable are rejected, each on its own.

    :raises Invalid: the rules are not acceptable.
    """
    catalogue = address_books.get_catalogue(organization_id)
    check(rules, catalogue)
    rows, rejected = [], {}
    for position, (contact_id, draft) in enumerate(contacts):
        try:
            wanted = contact_drafts.check(draft, catalogue)
            import_reading.check_identity(rules, contact_id, wanted)
            rows.append(import_reading.pack(contact_id, wanted))
        except (Invalid, ValueError) as error:
            rejected[position] = getattr(error, "detail", None) or str(error)
    job = _make(organization_id, rules, ImportStage.RUNNING)
    job.row_count = len(rows)
    for start in range(0, len(rows), CHUNK):
        add_chunk(job.id, start + 1, rows[start : start + CHUNK])
    return Accepted(job, rejected)


def accept_file(organization_id: int, rules: ImportRules, link: str) -> ContactImport:
    """Accept the file at ``link``, which is loaded later.

    :raises Invalid: the rules are not acceptable.
    """
    check(rules, address_books.get_catalogue(organization_id))
    job = _make(organization_id, rules, ImportStage.WAITING)
    job.link = link
    return job


def add_chunk(import_id: int, first_row: int, rows: Sequence[object]) -> None:
    packed = zlib.compress(orjson.dumps(rows), level=1)
    db.session.execute(insert(_chunk), {"import_id": import_id, "first_row": first_row, "rows": packed})


def _make(organization_id: int, rules: ImportRules, stage: ImportStage) -> ContactImport:
    job = ContactImport(organization_id=organization_id, session_id=secrets.token_hex(8), stage=stage, rules=rules.as_json())
    db.session.add(job)
    db.session.flush()
    return job


def check(rules: ImportRules, catalogue: Catalogue) -> None:
    """:raises Invalid: naming what is not acceptable."""
    problems: dict[str, list[str]] = {}
    for member, names in (("groupNames", rules.segment_names), ("groupNamesExclude", rules.excluded_names)):
        for index, name in enumerate(names):
            try:
                contact_drafts.check_segment_name(name)
            except ValueError as error:
                problems[f"{member}.{index}"] = [str(error)]
    for field_id in rules.field_ids or ():
        if field_id not in catalogue.fields:
            problems["customFieldsIDs"] = [f"There is no additional field {field_id} in the address book."]
    if rules.dedupe_on is DedupeOn.FIELD and rules.field_id not in catalogue.fields:
        problems["fieldId"] = ["With dedupeOn 'fieldId' this is the id of an additional field."]
    problem = event_keys.problem(rules.event_key, longest=events.LONGEST_TYPE) if rules.event_key else None
    if problem:
        problems["eventKeyForNewContacts"] = [f"eventKeyForNewContacts {problem}."]
    if problems:
        raise Invalid(problems)


def get(organization_id: int, session_id: str) -> ContactImport:
    """:raises NotFound: unknown, or another organization's."""
    query = select(ContactImport).where(
        ContactImport.session_id == session_id, ContactImport.organization_id == organization_id
    )
    job = db.session.scalar(query)
    if job is None:
        raise NotFound(f"There is no import with the id '{session_id}'.")
    return job


def list_of(organization_id: int, *, before: int | None, limit: int) -> Sequence[ContactImport]:
    """The organization's imports, the newest first. :param before: only those older than the one with this id."""
    query = select(ContactImport).where(ContactImport.organization_id == organization_id)
    if before is not None:
        query = query.where(ContactImport.id < before)
    return db.session.scalars(query.order_by(ContactImport.id.desc()).limit(limit)).all()


def mapping(job: ContactImport, *, offset: int, limit: int) -> tuple[list[tuple[str, int]], int]:
    """What identified the rows and which contacts they became, in the order of the rows; and how many there are."""
    query = select(_imported.c.value, _imported.c.contact_id).where(_imported.c.import_id == job.id)
    query = query.order_by(_imported.c.row_number)
    numbers = select(cast(_imported.c.row_number, BigInteger)).where(_imported.c.import_id == job.id)
    with reading() as connection:
        # What is over changes only when a contact is erased.
        if job.finished_at is not None and remembered.LONG <= job.done_count <= remembered.ROOM:
            all_of_them = remembered.ids(connection, ("import", job.id), numbers.order_by(_imported.c.row_number))
            total, page = len(all_of_them), all_of_them[offset : offset + limit]
            rows = connection.execute(query.where(_imported.c.row_number.between(page[0], page[-1]))).all() if page else []
        else:
            rows = connection.execute(query.limit(limit).offset(offset)).all()
            total = offset + len(rows)
            if len(rows) == limit or (offset and not rows):
                total = connection.scalar(select(func.count()).select_from(numbers.subquery())) or 0
    return [(value, contact_id) for value, contact_id in rows], total


def forget_some(limit: int) -> int:
    """Delete up to ``limit`` rows of imports that have ended long ago, with what their rows became; how many there were."""
    over = select(ContactImport.id).where(ContactImport.finished_at < now() - KEPT).order_by(ContactImport.id).limit(1)
    gone = 0
    while gone < limit and (import_id := db.session.scalar(over)) is not None:
        some = select(_imported.c.row_number).where(_imported.c.import_id == import_id).limit(limit - gone)
        theirs = (_imported.c.import_id == import_id) & _imported.c.row_number.in_(some)
        gone += changed(delete(_imported).where(theirs))
        if gone < limit:
            gone += changed(delete(_import).where(_import.c.id == import_id))
    return gone


def describe(job: ContactImport) -> str:
    """What there is to say of an import: why it ended early, or what became of its rows."""
    if job.description:
        return job.description
    if not job.skipped_count:
        return ""
    words = f"{job.skipped_count} of {job.done_count} rows were skipped. {' '.join(job.problems)}"
    return words if len(words) <= 2000 else f"{words[:2000]}..."
