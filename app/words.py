"""Sentences for people, written in English where they are thought of and said in another language at the door.

What is only marked here (``N_``, ``sentence``, ``counted``) is gathered into the catalogues by ``make translations``.
Programs get the English as it stands: each of these is a string.
"""

from typing import Any


class Marked(str):
    """A word or sentence of the product's own. What people have named is none, though it may read the same."""

    __slots__ = ()


class Sentence(Marked):
    """An English sentence that still knows its pattern and what was put into it.

    :ivar many: the pattern for other numbers than one, when ``number`` decides.
    """

    pattern: str
    many: str | None
    number: int
    values: dict[str, Any]


def N_(text: str) -> str:
    """``text`` itself, marked for the catalogues."""
    return Marked(text)


def sentence(pattern: str, **values: Any) -> Sentence:
    """``pattern`` with ``values`` in its places such as ``%(name)s``."""
    made = Sentence(pattern % values)
    made.pattern, made.many, made.number, made.values = pattern, None, 0, values
    return made


def counted(one: str, many: str, number: int, **values: Any) -> Sentence:
    """The same with a pattern for one and a pattern for more; ``%(number)s`` is the number."""
    values = {"number": number, **values}
    made = Sentence((one if number == 1 else many) % values)
    made.pattern, made.many, made.number, made.values = one, many, number, values
    return made
