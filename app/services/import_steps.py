"""Working imports off, a chunk at a time: contacts, progress and the end of the chunk are one unit of work.

Whatever kills the worker, a chunk has either happened or not: nothing is lost, and nothing happens twice. While one
thread writes a chunk another one checks the rows of the next; it waits then, so that later rows win over earlier ones.
"""

import zlib
from typing import Any

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError

from ..bulk import insert_rows
from ..clock import now
from ..database import changed, table_of
from ..errors import Invalid
from ..extensions import db
from ..models import ContactImport, ImportChunk, ImportedContact, ImportStage
from ..words import N_, sentence
from . import address_books, contact_counts, contact_identity, segments, subscription_changes
from .import_chunk import Chunk
from .import_reading import Problem, read_rows
from .import_rules import ImportRules

CHUNK = 1000
_MOST_PROBLEMS = 20
_MOST_FAILURES = 5

_chunk, _imported = table_of(ImportChunk), table_of(ImportedContact)


class ChunkFailed(Exception):
    """For a reason of our own."""

    def __init__(self, import_id: int) -> None:
        super().__init__(f"a chunk of the import {import_id} failed")
        self.import_id = import_id


def is_anything_to_do() -> bool:
    """Whether an import isn't finished."""
    return db.session.scalar(select(ContactImport.id).where(ContactImport.finished_at.is_(None)).limit(1)) is not None


def carry_on() -> int:
    """Work one chunk off, unless others are at all that there are; how many rows it had.

    :raises ChunkFailed: the caller is to tell ``note_failure``.
    """
    for job in db.session.scalars(_running().order_by(ContactImport.updated_at, ContactImport.id)).all():
        chunk, import_id = _claim(job), job.id
        if chunk is not None:
            try:
                return _work_off(job, chunk)
            except OperationalError:
                raise
            except Exception as error:
                raise ChunkFailed(import_id) from error
        if _is_over(job):
            return 1
    return 0


def finish(job: ContactImport, stage: ImportStage, description: str = "") -> None:
    """The end, whether good or bad; what is left to do is dropped, by whoever is at it."""
    job.stage, job.finished_at, job.updated_at = stage, now(), now()
    job.description = (description or job.description)[:500]
    job.link = job.shown_link
    free = select(_chunk.c.first_row).where(_chunk.c.import_id == job.id).with_for_update(skip_locked=True)
    changed(delete(_chunk).where(_chunk.c.import_id == job.id, _chunk.c.first_row.in_(free)))


def note_failure(import_id: int) -> None:
    """The import's chunk failed: after some tries it ends."""
    job = db.session.scalar(_running().where(ContactImport.id == import_id).with_for_update())
    if job is not None:
        job.failures += 1
        job.updated_at = now()
        if job.failures >= _MOST_FAILURES:
            finish(job, ImportStage.FAILED, N_("Something went wrong on the server. The rows done so far are imported."))


def _running() -> Any:
    return select(ContactImport).where(ContactImport.stage == ImportStage.RUNNING, ContactImport.finished_at.is_(None))


def _chunks(import_id: int) -> Any:
    return select(ImportChunk).where(ImportChunk.import_id == import_id).order_by(ImportChunk.first_row).limit(1)


def _claim(job: ContactImport) -> ImportChunk | None:
    """The first chunk that nobody is at."""
    found: ImportChunk | None = db.session.scalar(_chunks(job.id).with_for_update(skip_locked=True))
    return found


def _first(import_id: int) -> Any:
    return select(func.min(_chunk.c.first_row)).where(_chunk.c.import_id == import_id)


def _drop(chunk: ImportChunk) -> None:
    db.session.delete(chunk)
    db.session.flush()


def _is_over(job: ContactImport) -> bool:
    """Whether this was the end of it. A chunk that somebody is at is there until it is done."""
    if db.session.scalar(_first(job.id)) is not None:
        return False
    held = db.session.scalar(_running().where(ContactImport.id == job.id).with_for_update(skip_locked=True))
    if held is not None:
        finish(held, ImportStage.FINISHED)
    return held is not None


def _work_off(job: ContactImport, chunk: ImportChunk) -> int:
    rules, catalogue = ImportRules.from_json(job.rules), address_books.get_catalogue(job.organization_id)
    rows, first_row = orjson.loads(zlib.decompress(chunk.rows)), chunk.first_row
    checked, problems = read_rows(job.columns, rows, first_row, rules, catalogue)
    contact_identity.lock_all(job.organization_id)
    db.session.refresh(job)
    if job.finished_at is not None:
        # It has come to its end while this chunk was waited for.
        _drop(chunk)
        return 1
    if db.session.scalar(_first(job.id)) < first_row:
        return 1  # The one before is not done yet: once more.
    try:
        segment_ids = [segments.get_static(job.organization_id, name) for name in rules.segment_names]
    except Invalid as error:
        finish(job, ImportStage.FAILED, error.detail)
        return len(rows)
    done = Chunk(job.organization_id, rules, catalogue, checked, now())
    done.run(segment_ids)
    columns = ("import_id", "row_number", "contact_id", "value")
    insert_rows(_imported, columns, [(job.id, *entry) for entry in done.mapping()])
    _drop(chunk)
    _note(job, done, len(rows), [*problems, *done.problems])
    subscription_changes.note(job.organization_id, *done.moved)
    if done.comes_to_life:
        contact_counts.add(job.organization_id, done.comes_to_life)
    return len(rows)


def _of_row(number: int, problem: str) -> str:
    return sentence("Row %(number)s: %(problem)s.", number=number, problem=problem.removesuffix("."))


def _note(job: ContactImport, done: Chunk, rows: int, problems: list[Problem]) -> None:
    """Write the progress down."""
    db.session.refresh(job, with_for_update=True)
    job.done_count += rows
    job.created_count += len(done.new)
    job.updated_count += done.updates
    job.skipped_count += len(problems)
    noted = [_of_row(number, problem) for number, problem in sorted(problems)]
    job.problems = [*job.problems, *noted][:_MOST_PROBLEMS]
    job.failures, job.updated_at = 0, now()
    db.session.flush()
