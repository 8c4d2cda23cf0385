"""What the consent page says of each thing asked for, in the words of scopes.py."""

from collections.abc import Collection
from dataclasses import dataclass

from .. import scopes
from ..scopes import Right, Scope


@dataclass(frozen=True)
class Ask:
    """One line of the consent page.

    :param parts: the single scopes of a right that opens several; the owner may allow only some of them.
    """

    name: str
    title: str
    summary: str
    allows: tuple[str, ...]
    parts: tuple[Scope, ...]
    ticked: bool
    parts_ticked: frozenset[str]
    is_new: bool = False
    is_held: bool = False


def describe(scope: str, *, ticked: Collection[str] | None = None) -> list[Ask]:
    """The lines for ``scope``, in its order.

    :param ticked: what the owner had ticked when the page is shown again; None at first, when all is ticked.
    """
    return [_line(scopes.GRANTABLE[name], ticked) for name in scopes.names_of(scope)]


def _line(item: Right | Scope, ticked: Collection[str] | None) -> Ask:
    sections = item.scopes if isinstance(item, Right) else (item,)
    return Ask(
        name=item.name,
        title=item.title,
        summary=item.summary if isinstance(item, Right) else "",
        allows=tuple(section.allows for section in sections),
        parts=sections if len(sections) > 1 else (),
        ticked=ticked is None or item.name in ticked,
        parts_ticked=frozenset(section.name for section in sections if ticked and section.name in ticked),
    )
