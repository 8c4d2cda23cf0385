"""The catalogues hold every marked sentence, in every language, compiled; `make translations` brings them up to date."""

import re
from functools import cache
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from app.api import methods  # noqa: F401  declares them
from app.api.endpoint import ENDPOINTS
from app.api.groups import GROUPS
from app.languages import CATALOGUES, ENGLISH, LANGUAGES
from app.settings import ROOT

TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS, "lazy_gettext": None, "N_": None, "sentence": None, "counted": (1, 2),
}  # fmt: skip
PLACE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"<[^>]+>")
HINT = "run `make translations`, and translate what is new"

each_language = pytest.mark.parametrize("language", TRANSLATED)


@cache
def marked() -> frozenset[str]:
    """The sentences that code and templates mark."""
    with open(CATALOGUES / "babel.cfg") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = set()
    for folder in ("app", "templates"):
        own = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods if pattern.startswith(folder)]
        own_options = {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()}
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, own, own_options, KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(found)


@cache
def catalogue(language: str) -> Catalog:
    with open(CATALOGUES / language / "LC_MESSAGES" / "messages.po", "rb") as source:
        return read_po(source, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@each_language
def test_every_marked_sentence_is_in_the_catalogue_and_no_other(language: str) -> None:
    held = {forms(message.id)[0] for message in messages(language)}
    assert not marked() - held, HINT
    assert not held - marked(), HINT


def test_what_the_api_reference_calls_its_methods_is_marked() -> None:
    assert {endpoint.summary for endpoint in ENDPOINTS} | {group.title for group in GROUPS} <= marked(), HINT


@each_language
def test_every_sentence_is_translated_in_all_its_forms(language: str) -> None:
    for message in messages(language):
        assert not message.fuzzy, message.id
        assert all(forms(message.string)), f"not translated: {message.id}"
        expected = catalogue(language).num_plurals if message.pluralizable else 1
        assert len(forms(message.string)) == expected, message.id


@each_language
def test_a_translation_keeps_the_places_and_the_tags_of_its_sentence(language: str) -> None:
    for message in messages(language):
        places, tags = set(PLACE.findall(forms(message.id)[-1])), sorted(TAG.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            assert set(PLACE.findall(form)) == places, message.id
            assert sorted(TAG.findall(form)) == tags, message.id


@each_language
def test_the_compiled_catalogue_is_fresh(language: str) -> None:
    with open(CATALOGUES / language / "LC_MESSAGES" / "messages.mo", "rb") as compiled:
        held = {(forms(message.id), forms(message.string)) for message in read_mo(compiled) if message.id}
    assert held == {(forms(message.id), forms(message.string)) for message in messages(language)}, HINT
