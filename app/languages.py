"""The languages of pages and letters, and saying a marked sentence (words.py) in one of them."""

from functools import lru_cache
from typing import Any

import flask_babel
from babel.support import NullTranslations, Translations

from .settings import ROOT
from .words import Sentence

ENGLISH, UKRAINIAN = "en", "uk"
# By their own names, as people look for them.
LANGUAGES = {ENGLISH: "English", UKRAINIAN: "Українська"}
CATALOGUES = ROOT / "app" / "translations"


def say(text: Any, language: str | None = None) -> str:
    """``text`` in ``language``, by default in the one of the present page.

    What is in no catalogue, such as a name, stays as it is.
    """
    catalogue = flask_babel.get_translations() if language is None else _catalogue(language)
    return _say(text, catalogue)


def _say(text: Any, catalogue: NullTranslations) -> str:
    if not isinstance(text, Sentence):
        words = str(text)
        return catalogue.ugettext(words) if words else ""  # the empty string is the catalogue's head
    many = text.many
    pattern = catalogue.ugettext(text.pattern) if many is None else catalogue.ungettext(text.pattern, many, text.number)
    values = {name: _say(value, catalogue) if isinstance(value, str) else value for name, value in text.values.items()}
    return str(pattern % values)


@lru_cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [language])
