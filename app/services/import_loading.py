"""Loading the file of an import: from its link into chunks, as it comes in, so that it never lies in memory as a whole.

Whoever loads holds the import for a while and renews that while it lives. When the holder dies, another one begins
again: what was stored of the file is dropped first, and a holder that comes back too late can store nothing more.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import delete, or_, select, update

from ..clock import now
from ..database import changed
from ..errors import AppError
from ..extensions import db
from ..models import ContactImport, Field, ImportChunk, ImportStage
from ..words import N_, sentence
from . import address_books, contact_imports, import_reading, import_steps
from .address_books import Catalogue
from .import_rules import DedupeOn, ImportRules
from .import_steps import CHUNK

LARGEST_FILE = 100 * 2**20
LONGEST_LOAD = 900.0  # seconds
_LARGEST_ROW, _LARGEST_PART = 100_000, 2_000_000  # characters
_MOST_TRIES = 5

UnitOfWork = Callable[[], AbstractContextManager[None]]


class FileRefused(AppError):
    """The file can't be imported; the sentence says why."""

    code, status = "file_refused", 400


class HoldLost(Exception):
    """Another worker has taken over."""


@dataclass(frozen=True)
class Claim:
    """:param hold: seconds."""

    import_id: int
    link: str
    holder: str
    hold: int


def prepare(organization_id: int, rules: ImportRules) -> Callable[[BinaryIO], None]:
    """A check of a file's heading, for which the database isn't needed any more.

    :raises Invalid: the rules are not acceptable.
    """
    catalogue = address_books.get_catalogue(organization_id)
    contact_imports.check(rules, catalogue)
    field_columns = _field_columns(catalogue)

    def check_heading(file: BinaryIO) -> None:
        """:raises FileRefused: the file can't be imported."""
        columns_of(next(read_lines(file), []), rules, field_columns)

    return check_heading


def claim(holder: str, *, hold: int) -> Claim | None:
    """Take hold of an import whose file waits to be loaded, or whose holder has died. Its beginning is dropped.

    :param holder: names this attempt. :param hold: seconds until another one may take over, unless it is renewed.
    """
    stalled = (ContactImport.stage == ImportStage.LOADING) & (ContactImport.held_until < now())
    job = db.session.scalar(
        select(ContactImport)
        .where(or_(ContactImport.stage == ImportStage.WAITING, stalled), ContactImport.finished_at.is_(None))
        .order_by(ContactImport.updated_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None or job.link is None:
        return None
    job.failures += 1
    if job.failures > _MOST_TRIES:
        import_steps.finish(job, ImportStage.FAILED, N_("The file could not be loaded, however often it was tried."))
        return None
    job.stage, job.holder, job.held_until = ImportStage.LOADING, holder, now() + timedelta(seconds=hold)
    job.updated_at, job.row_count = now(), 0
    changed(delete(ImportChunk).where(ImportChunk.import_id == job.id))
    return Claim(job.id, job.link, holder, hold)


def renew(holders: Collection[str], *, hold: int) -> None:
    """The process of ``holders`` lives, and so do their holds on what they load."""
    held = update(ContactImport).where(
        ContactImport.finished_at.is_(None), ContactImport.stage == ImportStage.LOADING, ContactImport.holder.in_(holders)
    )
    changed(held.values(held_until=now() + timedelta(seconds=hold)))


def load(claim: Claim, file: BinaryIO, unit_of_work: UnitOfWork) -> None:
    """Store what ``file`` has, and let the import run.

    :raises FileRefused: it is not acceptable. :raises HoldLost: another worker loads it by now.
    """
    lines = read_lines(file)
    with unit_of_work():
        job = _renew(claim, 0)
        catalogue = address_books.get_catalogue(job.organization_id)
        rules = ImportRules.from_json(job.rules)
        job.columns = columns_of(next(lines, []), rules, _field_columns(catalogue))
        job.rules = _with_columns(rules, job.columns).as_json()
    total = 0
    for part in _parts(lines):
        with unit_of_work():
            _renew(claim, len(part))
            contact_imports.add_chunk(claim.import_id, total + 1, part)
        total += len(part)
    if not total:
        raise FileRefused(N_("The file has no rows."))
    with unit_of_work():
        job = _renew(claim, 0)
        job.stage, job.failures, job.holder, job.held_until = ImportStage.RUNNING, 0, None, None


def fail(claim: Claim, sentence: str) -> None:
    """End the import: its file can't be loaded."""
    job = _renew(claim, 0)
    import_steps.finish(job, ImportStage.FAILED, sentence)


def read_lines(file: BinaryIO) -> Iterator[list[str]]:
    """The lines of a CSV file, each as its cells; empty ones are passed over.

    :raises FileRefused: it is no CSV file in UTF-8.
    """
    lines = _BoundedLines(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
    reader = csv.reader(lines)
    try:
        for cells in reader:
            lines.begin_row()
            if any(cells):
                yield cells
    except UnicodeDecodeError as error:
        raise FileRefused(sentence("The file is not UTF-8 (near line %(line)s).", line=reader.line_num + 1)) from error
    except csv.Error as error:
        raise FileRefused(
            sentence("The file is not CSV: line %(line)s: %(error)s.", line=reader.line_num, error=str(error))
        ) from error


class _BoundedLines:
    """The lines of ``text``, of which a row can take several, but never so much that it fills the memory."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._row, self._room = text, 1, _LARGEST_ROW

    def begin_row(self) -> None:
        self._row, self._room = self._row + 1, _LARGEST_ROW

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._room + 1)
        if not line:
            raise StopIteration
        self._room -= len(line)
        if self._room < 0:
            raise FileRefused(
                sentence(
                    "The file is not CSV: row %(row)s has more than %(most)s characters.",
                    row=self._row,
                    most=_LARGEST_ROW,
                )
            )
        return line


def columns_of(heading: Sequence[str], rules: ImportRules, field_columns: dict[str, int]) -> list[str]:
    """What the columns hold.

    :raises FileRefused: there are none, or none that identifies a contact.
    """
    if not any(title.strip() for title in heading):
        raise FileRefused(N_("The file is empty."))
    columns = import_reading.columns_of(heading, field_columns)
    needed = {DedupeOn.EMAIL: {"email"}, DedupeOn.SMS: {"sms"}, DedupeOn.EMAIL_OR_SMS: {"email", "sms"},
              DedupeOn.ID: {import_reading.ID}}[rules.dedupe_on]  # fmt: skip
    if not needed & set(columns):
        titles = {"email": "Email", "sms": "SMS", import_reading.ID: "Contact ID"}
        raise FileRefused(
            sentence("The file has no column '%(column)s'.", column=" or ".join(sorted(titles[name] for name in needed)))
        )
    return columns


def _field_columns(catalogue: Catalogue) -> dict[str, int]:
    fields: list[Field] = list(catalogue.fields.values())
    return {f"{field.group.profile_key}.{field.field_key}".upper(): field.id for field in fields}


def _with_columns(rules: ImportRules, columns: Sequence[str]) -> ImportRules:
    """The columns that there are, are the fields that are updated."""
    names = [name for name in columns if name and not name.startswith(import_reading.FIELD) and name != import_reading.ID]
    fields = [int(name.removeprefix(import_reading.FIELD)) for name in columns if name.startswith(import_reading.FIELD)]
    return replace(rules, contact_fields=tuple(names), field_ids=tuple(fields))


def _parts(lines: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    part: list[list[str]] = []
    size = 0
    for cells in lines:
        part.append(cells)
        size += sum(map(len, cells))
        if len(part) == CHUNK or size > _LARGEST_PART:
            yield part
            part, size = [], 0
    if part:
        yield part


def _renew(claim: Claim, rows: int) -> ContactImport:
    """Hold the import for longer. :raises HoldLost: somebody else does."""
    held = (
        update(ContactImport)
        .where(ContactImport.id == claim.import_id, ContactImport.holder == claim.holder,
               ContactImport.stage == ImportStage.LOADING)
        .values(held_until=now() + timedelta(seconds=claim.hold), updated_at=now(), row_count=ContactImport.row_count + rows)
    )  # fmt: skip
    if not changed(held):
        raise HoldLost
    job = db.session.get(ContactImport, claim.import_id)
    if job is None:
        raise HoldLost
    return job
