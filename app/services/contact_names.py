"""What a contact's first and last name may look like."""

import re
import unicodedata

from ..words import N_

_LONGEST = 40
_MOST_DIGITS = 3
_SHORT_WORD, _MOST_LONG_WORDS, _MOST_SHORT_WORDS = 3, 3, 3

# After the letters and digits of a word have become "L" and "9": apostrophes and hyphens stand only inside.
_WORD = re.compile(r"[L9]+(?:['-][L9]+)*")
_APOSTROPHES = "'\u2019\u02bc\u2018`"
_HYPHENS = "-\u2010\u2011"


def check_first_name(value: str) -> str:
    name = check_name(value)
    words = name.split()
    short = sum(_letters(word) <= _SHORT_WORD for word in words)
    if len(words) - short > _MOST_LONG_WORDS or short > _MOST_SHORT_WORDS:
        raise ValueError(N_("A first name has at most 3 words longer than 3 letters and 3 shorter ones."))
    return name


def check_name(value: str) -> str:
    """Any name, with single spaces between its words; an empty one is accepted.

    :raises ValueError: saying what is wrong.
    """
    if len(value) > 10 * _LONGEST:
        raise ValueError(N_("A name has at most 40 characters."))
    name = unicodedata.normalize("NFC", " ".join(value.split()))
    if not name:
        return ""
    if len(name) > _LONGEST:
        raise ValueError(N_("A name has at most 40 characters."))
    shape = "".join(_shape(character) for character in name)
    if shape.count("9") > _MOST_DIGITS:
        raise ValueError(N_("A name has at most 3 digits."))
    if "L" not in shape:
        raise ValueError(N_("A name needs a letter."))
    for word in shape.split(" "):
        _check_word(word)
    return name


def _check_word(shape: str) -> None:
    stem = shape.removesuffix(".")
    if not _WORD.fullmatch(stem):
        raise ValueError(N_("A name has letters, digits, and inside its words apostrophes and hyphens."))
    if stem != shape and len(stem) > _SHORT_WORD:
        raise ValueError(N_("A dot stands only after a word of at most 3 letters."))


def _shape(character: str) -> str:
    """What matters of a character: L for letters, with what combines with them, 9 for digits, or itself."""
    category = unicodedata.category(character)
    if character in _APOSTROPHES:
        return "'"
    if character in _HYPHENS:
        return "-"
    if category[0] in "LM":
        return "L"
    return "9" if category == "Nd" else character


def _letters(word: str) -> int:
    return len(word.removesuffix("."))
