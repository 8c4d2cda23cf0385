"""Every setting stands in the README with its default and its help, and nothing stands there that is no setting."""

import re

import pytest

from app.settings import ROOT, Settings

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize(("variable", "default", "help"), [(name, *facts) for name, facts in Settings.variables().items()])
def test_a_setting_is_in_the_readme(variable: str, default: str, help: str) -> None:
    shown = f"`{default}`" if default else ""
    assert f"| `{variable}` | {shown} | {help} |" in README


def test_the_readme_names_no_setting_that_is_none() -> None:
    assert set(re.findall(r"UAA_[A-Z_]+[A-Z]", README)) <= set(Settings.variables())
