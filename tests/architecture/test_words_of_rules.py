"""No sentence of pages, and of the rules that they call, stands outside the catalogues; nor does one of a page's script."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import ROOT

PAGES = [*sorted((ROOT / "app" / "pages").rglob("*.py")), ROOT / "app" / "oauth" / "authorization_request.py"]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
MARKS = {"N_", "sentence", "counted", "gettext", "ngettext", "_"}
SENTENCE = re.compile(r"[A-Z\'%{][^ ]* [^ ]+ .*[.:?!]", re.DOTALL)
IN_SCRIPT = re.compile(r"//.*$|/\*.*?\*/|\"([^\"\n]*)\"|`([^`]*)`", re.MULTILINE)
# Told to programs and at the command line alone.
FOR_OTHERS = {
    "There is no organization named '%'.", "There are several organizations named '%'.",
    "'%' does not belong to the organization.", "There is no account for %.", "There is no import with the id '%'.",
    "With dedupeOn 'fieldId' this is the id of an additional field.", "% of % rows were skipped. %",
    "There is no additional field % in the address book.",
    "Send the token of UAA_METRICS_TOKEN: 'Authorization: Bearer ...'.",
    "Seconds for which the oldest job has been due; 0 when none is.",
    "The database's migrations are not up to date: run 'flask --app wsgi db upgrade'.", "The database can't be reached.",
    "Jobs that are not over: deliveries, imports, broadcasts and account letters.",
}  # fmt: skip


def rules_behind_pages() -> list[Path]:
    """The services that a page calls by itself."""
    names = set()
    for path in PAGES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("services"):
                below = (node.module or "").partition(".")[2]
                names |= {below} if below else {alias.name for alias in node.names}
    return [path for name in sorted(names) if (path := ROOT / "app" / "services" / f"{name}.py").exists()]


def unmarked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts that are no docstring and inside no mark, with % for what is put into them."""
    passed = set()
    for node in ast.walk(tree):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.Call) and _name(node.func) in MARKS):
            passed |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in ast.walk(node)}
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "%" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _name(function: ast.expr) -> str:
    return str(getattr(function, "id", getattr(function, "attr", "")))


@pytest.mark.parametrize("path", [*PAGES, *rules_behind_pages()], ids=lambda path: str(path.relative_to(ROOT / "app")))
def test_what_people_are_told_is_marked(path: Path) -> None:
    found = {text: line for line, text in unmarked(ast.parse(path.read_text())) if SENTENCE.fullmatch(text)}
    assert not {text: line for text, line in found.items() if text not in FOR_OTHERS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_say_only_what_the_page_gives_them(path: Path) -> None:
    texts = [first or second for first, second in IN_SCRIPT.findall(path.read_text())]
    assert not [text for text in texts if re.match(r"[A-Z][a-z]+(\.| [a-z])|.*[a-z] [a-z]+ [a-z]", text)]
