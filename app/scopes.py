"""Rights and scopes: what an app may ask for, and the sentences in which people read it.

Everything that speaks of access reads this file: registration, the consent page, the guard, the metadata
and the API reference. Names are ASCII without spaces (RFC 6749 section 3.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .errors import AppError
from .words import N_, sentence


class UnknownScope(AppError):
    """An asked-for name is neither a right nor a scope of this server."""

    code, status = "invalid_scope", 400

    def __init__(self, name: str) -> None:
        super().__init__(sentence("'%(name)s' is not an access scope of this server.", name=name))
        self.name = name


@dataclass(frozen=True)
class Scope:
    """One group of API methods beyond the general one, and its words."""

    name: str
    title: str
    allows: str
    withholds: str


@dataclass(frozen=True)
class Right:
    """What an app registers (the reference's "access scope"): a title over one or more scopes."""

    name: str
    title: str
    summary: str
    scopes: tuple[Scope, ...]


WRITE_CONTACTS = Scope(
    "write:contacts",
    N_("Update contacts and segments"),
    N_("Add, change and delete contacts, import them, put them in segments, and subscribe or unsubscribe them"),
    N_("Add, change or delete your contacts"),
)
READ_CONTACTS = Scope(
    "read:contacts",
    N_("Read contacts and segments"),
    N_("See and download your contacts: names, addresses, phone numbers, fields, segments and subscriptions"),
    N_("See or download your contacts"),
)
READ_ACTIVITY = Scope(
    "read:activity",
    N_("Read contact activity"),
    N_("See which messages reached your contacts, and what they opened and clicked"),
    N_("See what your contacts received, opened or clicked"),
)
WRITE_EVENTS = Scope(
    "write:events",
    N_("Manage events"),
    N_("Record events such as orders or visits, which can start your workflows, and delete past ones"),
    N_("Record or delete events"),
)
SEND_MESSAGES = Scope(
    "send:messages",
    N_("Send messages"),
    N_("Send email, SMS and Viber messages in your name and at your cost, start and cancel campaigns, see their status"),
    N_("Send messages in your name"),
)
SCOPES = (WRITE_CONTACTS, READ_CONTACTS, READ_ACTIVITY, WRITE_EVENTS, SEND_MESSAGES)

RIGHTS = (
    Right("UseRestApi", N_("Full access to API"), N_("Everything that the API can do in your account."), SCOPES),
    Right("UseEvents", N_("Access to events"), N_("Events only."), (WRITE_EVENTS,)),
    Right(
        "UseEventsAndContacts",
        N_("Access to events and contacts"),
        N_("Events, changes to contacts, and what contacts did. Not the contacts themselves."),
        (WRITE_CONTACTS, READ_ACTIVITY, WRITE_EVENTS),
    ),
    Right("UseMessages", N_("Access to messages"), N_("Sending messages only."), (SEND_MESSAGES,)),
)

# What any valid credential opens, so that the consent page can be honest about it.
GENERAL = Scope(
    "",
    N_("General"),
    N_(
        "See your account's name, sign-in address, balance, senders and subscription categories, "
        "and manage message templates"
    ),
    "",
)

GRANTABLE: dict[str, Right | Scope] = {item.name: item for item in (*RIGHTS, *SCOPES)}


def names_of(scope: str) -> tuple[str, ...]:
    """Split a scope string (RFC 6749 section 3.3: at spaces, and nothing else) into names, in order, each once."""
    return tuple(dict.fromkeys(name for name in scope.split(" ") if name))


def is_well_formed(scope: str) -> bool:
    """Whether the names in ``scope`` are separated as the RFC says."""
    return scope.split() == list(filter(None, scope.split(" ")))


def join(names: Iterable[str]) -> str:
    """The scope string of ``names``, each once, in the order given."""
    return " ".join(dict.fromkeys(names))


def check(scope: str) -> str:
    """Return ``scope`` with repeated names dropped.

    :raises UnknownScope: when a name is neither a right nor a scope.
    """
    names = names_of(scope)
    for name in names:
        if name not in GRANTABLE:
            raise UnknownScope(name)
    return join(names)


@lru_cache(maxsize=4096)
def expand(scope: str) -> frozenset[str]:
    """The names of the single scopes that the rights and scopes in ``scope`` open. Unknown names open nothing."""
    opened: set[str] = set()
    for name in names_of(scope):
        item = GRANTABLE.get(name)
        if isinstance(item, Right):
            opened.update(part.name for part in item.scopes)
        elif item is not None:
            opened.add(item.name)
    return frozenset(opened)


@lru_cache(maxsize=4096)
def common(scope: str, other: str) -> frozenset[str]:
    """What both scope strings open."""
    return expand(scope) & expand(other)


def within(scope: str, held: str) -> str:
    """``scope`` less what ``held`` doesn't open: as it stands when nothing is missing, else single scopes."""
    return scope if covers(held, scope) else join(sorted(common(scope, held)))


def covers(held: str, asked: str) -> bool:
    """Whether everything that ``asked`` opens is opened by ``held``."""
    return expand(asked) <= expand(held)


def limit(asked: str, ticked: Iterable[str]) -> str:
    """What of ``asked`` the owner allowed by ticking ``ticked`` (names of asked items or of their parts).

    A right of which only parts were ticked is replaced by those parts; one with all parts ticked stays whole.
    """
    chosen = set(ticked)
    granted: list[str] = []
    for name in names_of(asked):
        parts = [part for part in sorted(expand(name)) if part in chosen]
        if name in chosen or (parts and len(parts) == len(expand(name))):
            granted.append(name)
        else:
            granted.extend(parts)
    return join(granted)


def withheld(scope: str) -> tuple[Scope, ...]:
    """The scopes that ``scope`` does not open."""
    opened = expand(scope)
    return tuple(item for item in SCOPES if item.name not in opened)
