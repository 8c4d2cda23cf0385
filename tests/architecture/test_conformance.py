"""docs/conformance.md names tests that exist, and a test or a reason for each requirement."""

import ast
import re

import pytest

from app.settings import ROOT

TABLE = (ROOT / "docs/conformance.md").read_text()
ROWS = [row for row in TABLE.splitlines() if re.match(r"\| \d", row)]
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_named_test_exists(file: str, test: str) -> None:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS)
def test_a_requirement_has_a_test_or_a_reason(row: str) -> None:
    held_by = row.split("|")[4]
    assert "::test_" in held_by or "n/a:" in held_by or "deviation:" in held_by


def test_the_table_is_read_at_all() -> None:
    assert len(ROWS) > 80
    assert len(NAMED) > 60
