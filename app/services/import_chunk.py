"""One chunk of an import: each row is applied, in its order, to whom it means, and then everybody is written at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..words import N_, sentence
from . import import_writing
from .address_books import Catalogue
from .import_crowd import Crowd, Person
from .import_rules import EXTERNAL_ID, LOOKED_THROUGH, DedupeOn, ImportRow, ImportRules
from .subscription_changes import Moved

Problem = tuple[int, str]


class Chunk:
    """:param rows: checked. Afterwards ``new``, ``updated``, ``moved`` and ``problems`` say what came of them."""

    def __init__(
        self, organization_id: int, rules: ImportRules, catalogue: Catalogue, rows: Sequence[ImportRow], at: datetime
    ) -> None:
        self._organization_id, self._rules, self._catalogue, self._at = organization_id, rules, catalogue, at
        self._rows = rows
        self._crowd = Crowd(organization_id, rules, rows)
        self._emptied = {id for id, field in catalogue.fields.items() if not (field.is_required or field.is_readonly)}
        self._became: list[tuple[ImportRow, Person]] = []
        self.new: list[Person] = []
        self.updated: list[Person] = []
        self.problems: list[Problem] = []
        self.moved: list[Moved] = []

    def run(self, segment_ids: Sequence[int]) -> None:
        """Apply and write everything. :param segment_ids: where all contacts go."""
        for position, row in enumerate(self._rows):
            # A little later each, so that "the one updated last" is always one.
            self._apply(row, self._at + timedelta(microseconds=position))
        people = [person for person in self._crowd.people if person.touched]
        self.updated = [person for person in people if person.number is not None]
        self.new = [person for person in people if person.number is None]
        import_writing.write(self._organization_id, self._catalogue.address_book_id, self.new, self.updated, self._at)
        self.moved = import_writing.place(self._organization_id, people, segment_ids, self._rules.excluded_names)
        if self._rules.event_key and self.new:
            import_writing.record_events(self._organization_id, self._rules.event_key, self.new)

    def mapping(self) -> list[tuple[int, int, str]]:
        """The number of each row, the contact that it became, and what identified it."""
        entries = []
        for row, person in self._became:
            value = self._rules.identity_of(row.wanted, row.contact_id)
            entries.append((row.number, person.number or 0, value or row.wanted.external_customer_id or ""))
        return entries

    @property
    def updates(self) -> int:
        """How many rows updated a contact, be it one that an earlier row has made."""
        return len(self._became) - len(self.new)

    @property
    def comes_to_life(self) -> int:
        """How many live contacts there are more than before."""
        return len(self.new) + sum(person.restored for person in self.updated)

    def _apply(self, row: ImportRow, at: datetime) -> None:
        person, found_by = self._crowd.find(row)
        if person is None:
            refusal = self._refusal(row)
            if refusal:
                self.problems.append((row.number, refusal))
                return
            self._write(self._crowd.add(at), row, at, is_new=True)
        elif person.deleted and not self._rules.restores_deleted:
            self.problems.append((row.number, N_("The contact is deleted.")))
        else:
            person.restored = person.restored or person.deleted
            person.deleted = False
            self._write(person, row, at, found_by=found_by)

    def _refusal(self, row: ImportRow) -> str | None:
        """Why no contact is made of ``row``."""
        if self._rules.dedupe_on is DedupeOn.ID:
            return sentence("Contact with id='%(contact_id)s' was not found.", contact_id=row.contact_id)
        return None if row.wanted.channels else N_("A new contact needs at least one channel.")

    def _write(
        self,
        person: Person,
        row: ImportRow,
        at: datetime,
        *,
        is_new: bool = False,
        found_by: frozenset[object] = frozenset(),
    ) -> None:
        rules, wanted = self._rules, row.wanted
        person.touched, person.updated_at = True, at
        person.profile |= rules.profile_of(wanted)
        kinds = rules.kinds_of(wanted)
        fields = rules.fields_of(wanted, self._emptied)
        if is_new:
            # What identifies belongs to a new contact, whatever is to be updated.
            kinds |= {kind for looked in LOOKED_THROUGH.get(rules.dedupe_on, ()) for kind in looked}
            fields |= {id: value for id, value in wanted.fields.items() if id == rules.field_id}
        elif rules.dedupe_on is DedupeOn.FIELD:
            fields = {id: value for id, value in fields.items() if id != rules.field_id}
        # The field that identified is not itself updated.
        self._crowd.set_channels(person, kinds - found_by, wanted.channels)
        self._crowd.set_fields(person, fields)
        if wanted.external_customer_id:
            self._crowd.name(person, wanted.external_customer_id)
        elif rules.contact_fields is not None and EXTERNAL_ID in rules.contact_fields:
            self._crowd.name(person, None)
        self._became.append((row, person))
