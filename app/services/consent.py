"""What the consent page says of each thing asked for, in the words of scopes.py."""

from collections.abc import Collection
from dataclasses import dataclass

from .. import scopes
from ..scopes import Right, Scope


@dataclass(frozen=True)
class Ask:
    """One line of the consent page.

    :param parts: the single scopes of a right that opens several; the owner may allow only some of them.
    :param parts_held: names of the parts that an earlier approval holds.
    """

    name: str
    title: str
    summary: str
    allows: tuple[str, ...]
    parts: tuple[Scope, ...]
    ticked: bool
    parts_ticked: frozenset[str]
    parts_held: frozenset[str]
    is_new: bool
    is_held: bool


def describe(
    scope: str, *, held: str = "", declined: Collection[str] = (), ticked: Collection[str] | None = None
) -> list[Ask]:
    """The lines for ``scope``, in its order.

    :param held: what the app holds already. :param declined: single scopes that were declined lately.
    :param ticked: what the owner had ticked when the page is shown again; None at first, when all is ticked but what
        was declined.
    """
    return [_line(scopes.GRANTABLE[name], scopes.expand(held), declined, ticked) for name in scopes.names_of(scope)]


def _line(item: Right | Scope, held: frozenset[str], declined: Collection[str], ticked: Collection[str] | None) -> Ask:
    sections = item.scopes if isinstance(item, Right) else (item,)
    names = frozenset(section.name for section in sections)
    wanted = names.difference(declined)
    if ticked is None:
        ticked = {item.name} if wanted == names else wanted
    return Ask(
        name=item.name,
        title=item.title,
        summary=item.summary if isinstance(item, Right) else "",
        allows=tuple(section.allows for section in sections),
        parts=sections if len(sections) > 1 else (),
        ticked=item.name in ticked,
        parts_ticked=names.intersection(ticked),
        parts_held=names & held,
        is_new=not names <= held,
        is_held=names <= held,
    )
