"""The languages of pages and letters, and saying a marked sentence (words.py) in one of them."""

import re
from functools import lru_cache
from typing import Any

import flask_babel
from babel.messages.mofile import read_mo
from babel.support import NullTranslations, Translations

from .settings import ROOT
from .words import Marked, Sentence

ENGLISH, UKRAINIAN = "en", "uk"
# By their own names, as people look for them.
LANGUAGES = {ENGLISH: "English", UKRAINIAN: "Українська"}
# The places of patterns in which another sentence of ours stands; in the others is what people wrote or named.
_NESTING = frozenset(("problem", "error", "identity"))
_PLACE, _WORD = re.compile(r"%\((\w+)\)[sd]"), re.compile(r"[A-Za-z]{2}")
CATALOGUES = ROOT / "app" / "translations"


def say(text: Any, language: str | None = None) -> str:
    """``text`` in ``language``, by default in the one of the present page.

    What is not marked as ours stays as it is, such as the name that somebody gave to something.
    """
    catalogue = flask_babel.get_translations() if language is None else _catalogue(language)
    return _say(text, catalogue)


def say_kept(text: str) -> str:
    """A sentence of ours that was kept in English without its mark, in the language of the present page.

    What was put into its pattern is found again by the pattern; what no catalogue knows stays as it is.
    """
    if isinstance(text, Marked):
        return say(text)
    language = str(flask_babel.get_locale())
    return str(text) if language == ENGLISH else _said_again(str(text), language)


def closest(tag: str) -> str:
    """The language of this product for people of the language ``tag`` (RFC 5646), such as ``uk-UA``."""
    language = tag.partition("-")[0].lower()
    return language if language in LANGUAGES else ENGLISH


@lru_cache(maxsize=4096)
def _said_again(text: str, language: str) -> str:
    catalogue = _catalogue(language)
    said = catalogue.ugettext(text) if text else ""
    if said != text:
        return str(said)
    for pattern, words in _patterns(language):
        found = pattern.fullmatch(text)
        if found:
            values = found.groupdict()
            return words % (values | {name: _value_again(values[name], language) for name in _NESTING & values.keys()})
    return text


def _value_again(value: str, language: str) -> str:
    """A sentence within another one stands there without its full stop."""
    said = _said_again(value, language)
    return said if said != value else _said_again(f"{value}.", language).removesuffix(".")


@lru_cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The catalogue's sentences with places in them, those that say most first."""
    with open(CATALOGUES / language / "LC_MESSAGES" / "messages.mo", "rb") as compiled:
        known = [
            (one.id, one.string) for one in read_mo(compiled) if isinstance(one.id, str) and isinstance(one.string, str)
        ]
    found = []
    for english, words in known:
        pieces = _PLACE.split(english)
        # What is nearly all places, or is said to people only, with elements in it, would fit anything.
        if len(pieces) > 1 and _WORD.search(" ".join(pieces[::2])) and "<" not in english:
            found.append((sum(map(len, pieces[::2])), _as_expression(pieces), words))
    return [(re.compile(expression, re.DOTALL), words) for _, expression, words in sorted(found, reverse=True)]


def _as_expression(pieces: list[str]) -> str:
    """:param pieces: of a pattern: text and, each second, the name of a place."""
    seen, expression = set[str](), ""
    for text, name in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        expression += re.escape(text.replace("%%", "%"))
        if name:
            expression += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    return expression


def _say(text: Any, catalogue: NullTranslations) -> str:
    if not isinstance(text, Marked) or not text:  # the empty string is the catalogue's head
        return str(text)
    if not isinstance(text, Sentence):
        return str(catalogue.ugettext(text))
    many = text.many
    pattern = catalogue.ugettext(text.pattern) if many is None else catalogue.ungettext(text.pattern, many, text.number)
    values = {name: _say(value, catalogue) if isinstance(value, str) else value for name, value in text.values.items()}
    return str(pattern % values)


@lru_cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [language])
