"""The README is true: its commands run, its tables are the program's own."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from app.settings import ROOT, Settings
from tests.support import programs
from tests.support.servers import Server

README = (ROOT / "README.md").read_text()
OWN_COMMANDS = re.findall(r"^\| `([a-z][a-z -]*)` \|", README.partition("## Command line")[2], re.MULTILINE)
FLASKS = {"db", "routes", "run", "shell"}


@pytest.mark.parametrize("variable", Settings.variables())
def test_a_setting_is_explained_as_the_program_explains_it(variable: str) -> None:
    default, help = Settings.variables()[variable]
    assert f"| `{variable}` | {f'`{default}`' if default else ''} | {help} |" in README


def test_every_command_is_listed(app: Flask) -> None:
    assert set(OWN_COMMANDS) == {name for name in _commands(app.cli, "") if name.split()[0] not in FLASKS}


def _commands(command: click.Command, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            inner = command.get_command(context, part)
            assert inner is not None
            yield from _commands(inner, f"{name} {part}".strip())
    else:
        yield name


def test_the_flow_in_curl_works_line_by_line(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    environment = os.environ | server.environment
    assert (ROOT / ".venv/bin/flask").exists(), "the README's commands need the .venv that make makes"
    assert programs.run(["flask", "--app", "wsgi", "demo"], environment).returncode == 0
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    script = tmp_path / "readme.sh"
    script.write_text("set -euo pipefail\n" + "echo; echo ---\n".join(blocks))
    done = subprocess.run(["bash", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    link, _, calls, by_key = done.stdout.split("---")
    assert "/uaa/oauth/authorize?response_type=code&client_id=" in link
    assert '"protocolVersion":"2.0"' in calls
    assert calls.count('"firstName"') == 2
    assert '"organisationName":"Demo Store"' in calls
    assert by_key.count('"firstName"') == 4
