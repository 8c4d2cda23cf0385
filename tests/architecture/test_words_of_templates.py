"""No sentence of a template stands outside the catalogues: what people read is inside ``_()`` or ``{% trans %}``."""

import re
from pathlib import Path

import pytest

from app.settings import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
EACH = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))

SAID = re.compile(
    r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{#.*?#\}|\{%-?\s*block (?:width|scripts).*?endblock\s*-?%\}", re.DOTALL
)
SNIPPET = re.compile(r"(\{% call snippet\([^%]*%\}).*?\{% endcall %\}", re.DOTALL)
CODE = re.compile(r"<(pre|code|script|svg|i)\b.*?</\1>", re.DOTALL)
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
ENTITY = re.compile(r"&#?\w+;")
ATTRIBUTE = re.compile(r"\b(?:aria-label|placeholder|title|alt|data-done|data-wait|data-unreachable)=\"([^\"]*)\"")
LITERAL = re.compile(
    r"(?<![\w(])(?:ui|part|again|snippet|rows|code)\.?\w*\((?:[^()]*, )?\"([A-Z][a-z]+[^\"]*)\"|\bhint=\"([^\"]+)\""
)
WORD = re.compile(r"[A-Za-z]{2}")


def source(path: Path) -> str:
    return CODE.sub("", SNIPPET.sub(r"\1", SAID.sub("", path.read_text())))


@EACH
def test_no_text_stands_outside_the_catalogues(path: Path) -> None:
    text = ENTITY.sub("", TAG.sub("\n", JINJA.sub("", source(path))))
    assert not [line.strip() for line in text.splitlines() if WORD.search(line)]


@EACH
def test_no_attribute_that_people_hear_or_see_stands_outside_the_catalogues(path: Path) -> None:
    plain = [JINJA.sub("", value) for value in ATTRIBUTE.findall(source(path))]
    assert not [value for value in plain if WORD.search(value)]


@EACH
def test_no_words_are_handed_to_the_parts_of_pages_outside_the_catalogues(path: Path) -> None:
    found = [first or second for first, second in LITERAL.findall(source(path))]
    assert not found
