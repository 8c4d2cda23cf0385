"""Which part of a list the browser asks for, and what of the list is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

Item = TypeVar("Item")
_LARGEST = 2**63 - 1  # that a database's number can be


@dataclass(frozen=True)
class Part(Generic[Item]):
    """A page of a list.

    :param is_later: whether there are newer items than these. :param has_more: whether there are older ones.
    """

    items: Sequence[Item]
    is_later: bool
    has_more: bool


def words() -> str:
    """What is searched for."""
    return request.args.get("words", "").strip()[:100]


def before(name: str = "before") -> int | None:
    """The number of the last item of the page that was seen before; None on the first page.

    :param name: of the parameter, where a page has several lists.
    """
    number = request.args.get(name, type=int)
    return number if number is not None and 0 < number <= _LARGEST else None


def part_of(found: Sequence[Item], size: int, name: str = "before") -> Part[Item]:
    """The page that ``found`` begins with, of which the rule was asked for one more than ``size``."""
    return Part(items=found[:size], is_later=before(name) is not None, has_more=len(found) > size)
