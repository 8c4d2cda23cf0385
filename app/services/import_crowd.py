"""The contacts that a chunk of an import may mean, held in memory: loaded in a few statements, found by the rules of 2.1.

The external id comes first, whatever else identifies; only when nobody has it, the identifying field decides. Contacts
that have another external id are passed over then. Of several the one updated last is meant, and live ones come before
deleted ones.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from ..database import one_of, table_of
from ..extensions import db
from ..models import ChannelType, Contact, ContactChannel, FieldValue
from .contact_drafts import Channel
from .contact_values import PHONES
from .import_rules import LOOKED_THROUGH, PROFILE, DedupeOn, ImportRow, ImportRules

_contact, _channel, _value = table_of(Contact), table_of(ContactChannel), table_of(FieldValue)
_COLUMNS = tuple(PROFILE.values())

Address = tuple[str, str]  # what kind of address, and the address


@dataclass(slots=True, eq=False)
class Person:
    """A contact as the import leaves it.

    :param number: None until a new one gets its id. :param channels: with the ids of their rows, where they have one.
    :param fields: what is to be written of them. :param removed: rows of channels that go.
    """

    number: int | None
    external_id: str | None
    deleted: bool
    updated_at: datetime
    profile: dict[str, str | None]
    channels: list[tuple[Channel, int | None]] = field(default_factory=list)
    fields: dict[int, str | None] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    renamed: bool = False
    restored: bool = False
    touched: bool = False


def address_of(kind: ChannelType, value: str) -> Address:
    """SMS and Viber reach the same phone; a token says something within its own type only."""
    return ("phone", value) if kind in PHONES else (kind.value, value)


class Crowd:
    """:param rows: of the chunk; whoever they may mean is loaded, and locked until the unit of work ends."""

    def __init__(self, organization_id: int, rules: ImportRules, rows: Sequence[ImportRow]) -> None:
        self._organization_id, self._rules = organization_id, rules
        self._by_id: dict[int, Person] = {}
        self._by_external_id: dict[str, Person] = {}
        self._by_address: defaultdict[Address, dict[Person, None]] = defaultdict(dict)
        self._by_field: defaultdict[str, dict[Person, None]] = defaultdict(dict)
        self.people: list[Person] = []
        self._load(rows)

    def find(self, row: ImportRow) -> tuple[Person | None, frozenset[ChannelType]]:
        """Whom ``row`` means, and the kinds of channel by which that was found."""
        external_id = row.wanted.external_customer_id
        if external_id and external_id in self._by_external_id:
            return self._by_external_id[external_id], frozenset()
        if self._rules.dedupe_on is DedupeOn.ID:
            return self._by_id.get(row.contact_id or 0), frozenset()
        if self._rules.dedupe_on is DedupeOn.FIELD:
            value = row.wanted.fields.get(self._rules.field_id or 0)
            return self._best(self._by_field[value] if value else (), external_id), frozenset()
        for kinds in LOOKED_THROUGH.get(self._rules.dedupe_on, ()):
            reached = {
                person: None
                for channel in row.wanted.channels
                if channel.type in kinds
                for person in self._by_address.get(address_of(channel.type, channel.value), ())
            }
            if found := self._best(reached, external_id):
                return found, kinds
        return None, frozenset()

    def _best(self, people: Collection[Person], external_id: str | None) -> Person | None:
        fitting = [person for person in people if not external_id or person.external_id is None]
        order = lambda person: (not person.deleted, person.updated_at, person.number or 2**63)  # noqa: E731
        return max(fitting, key=order, default=None)

    def add(self, at: datetime) -> Person:
        """Somebody new."""
        person = Person(None, None, False, at, dict.fromkeys(_COLUMNS))
        self.people.append(person)
        return person

    def name(self, person: Person, external_id: str | None) -> None:
        """Give ``person`` an external id, or take it away."""
        if person.external_id == external_id:
            return
        if person.external_id is not None:
            self._by_external_id.pop(person.external_id, None)
        person.external_id, person.renamed = external_id, True
        if external_id is not None:
            self._by_external_id[external_id] = person

    def set_channels(self, person: Person, kinds: Collection[ChannelType], wanted: Iterable[Channel]) -> None:
        """Let the channels of ``kinds`` be the ``wanted`` ones; those that stay keep their rows."""
        given = {(channel.type, channel.value): channel for channel in wanted if channel.type in kinds}
        kept: list[tuple[Channel, int | None]] = []
        for present, row in person.channels:
            again = given.get((present.type, present.value))
            if present.type not in kinds or (again and again.details in (None, present.details)):
                kept.append((present, row))
                given.pop((present.type, present.value), None)
            else:
                self._by_address[address_of(present.type, present.value)].pop(person, None)
                person.removed += [row] if row is not None else []
        person.channels = [*kept, *((channel, None) for channel in given.values())]
        self._index(person)

    def set_fields(self, person: Person, fields: dict[int, str | None]) -> None:
        person.fields |= fields
        value = fields.get(self._rules.field_id) if self._rules.field_id is not None else None
        if value is not None:
            self._by_field[value][person] = None

    def _index(self, person: Person) -> None:
        for channel, _ in person.channels:
            self._by_address[address_of(channel.type, channel.value)][person] = None

    def _load(self, rows: Sequence[ImportRow]) -> None:
        numbers = self._numbers(rows)
        if not numbers:
            return
        columns = (_contact.c[name] for name in _COLUMNS)
        query = select(
            _contact.c.id, _contact.c.external_customer_id, _contact.c.deleted_at, _contact.c.updated_at, *columns
        ).where(_contact.c.organization_id == self._organization_id, one_of(_contact.c.id, numbers))
        for number, external_id, deleted_at, updated_at, *profile in db.session.execute(
            query.order_by(_contact.c.id).with_for_update()
        ):
            profile_now = dict(zip(_COLUMNS, profile, strict=True))
            person = Person(number, external_id, deleted_at is not None, updated_at, profile_now)
            self._by_id[number] = person
            if external_id is not None:
                self._by_external_id[external_id] = person
            self.people.append(person)
        self._load_channels()
        self._load_fields()

    def _load_channels(self) -> None:
        query = select(_channel.c.id, _channel.c.contact_id, _channel.c.type, _channel.c.value, _channel.c.details)
        for row in db.session.execute(query.where(one_of(_channel.c.contact_id, self._by_id)).order_by(_channel.c.id)):
            self._by_id[row.contact_id].channels.append((Channel(row.type, row.value, row.details), row.id))
        for person in self._by_id.values():
            self._index(person)

    def _load_fields(self) -> None:
        """Only what identifies: the other values are written without looking."""
        if self._rules.field_id is None:
            return
        query = select(_value.c.contact_id, _value.c.value).where(_value.c.field_id == self._rules.field_id)
        for contact_id, value in db.session.execute(query.where(one_of(_value.c.contact_id, self._by_id))):
            self._by_field[value][self._by_id[contact_id]] = None

    def _numbers(self, rows: Sequence[ImportRow]) -> set[int]:
        """The contacts that have any of what the rows have."""
        wanted = [row.wanted for row in rows]
        external_ids = {one.external_customer_id for one in wanted if one.external_customer_id}
        numbers = set(self._select(_contact.c.id, one_of(_contact.c.external_customer_id, external_ids)))
        if self._rules.dedupe_on is DedupeOn.ID:
            numbers |= {row.contact_id for row in rows if row.contact_id is not None}
        for kinds in LOOKED_THROUGH.get(self._rules.dedupe_on, ()):
            values = {channel.value for one in wanted for channel in one.channels if channel.type in kinds}
            for kind in kinds if values else ():
                numbers |= set(self._with_channel(kind, values))
        if self._rules.dedupe_on is DedupeOn.FIELD:
            numbers |= set(self._with_field({one.fields.get(self._rules.field_id or 0) for one in wanted} - {None}))
        return numbers

    def _with_channel(self, kind: ChannelType, values: Collection[str]) -> Iterable[int]:
        return db.session.scalars(
            select(_channel.c.contact_id).where(
                _channel.c.organization_id == self._organization_id,
                _channel.c.type == kind,
                one_of(_channel.c.value, values),
            )
        )

    def _with_field(self, values: Collection[str | None]) -> Iterable[int]:
        starts = {value[: FieldValue.START] for value in values if value}
        return db.session.scalars(
            select(_value.c.contact_id).where(
                _value.c.field_id == self._rules.field_id, one_of(_value.c.value_start, starts)
            )
        )

    def _select(self, column: ColumnElement[Any], condition: ColumnElement[bool]) -> Iterable[int]:
        return db.session.scalars(select(column).where(_contact.c.organization_id == self._organization_id, condition))
