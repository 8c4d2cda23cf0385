"""The command line as a process: outputs, exit status, and what it says before there is a database."""

import json
import os
import subprocess
import sys
from pathlib import Path

from app.settings import ROOT
from tests.support import programs

COMMAND = ["flask", "--app", "wsgi"]


def _environment(instance_path: Path, **settings: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "UAA_INSTANCE_PATH": str(instance_path)} | settings


def _flask(instance_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return programs.run([*COMMAND, *words], _environment(instance_path))


def test_from_nothing_to_an_account(tmp_path: Path) -> None:
    create = ("users", "create", "--email", "a@example.com", "--password", "correct horse", "--organization", "Acme")

    early = _flask(tmp_path, *create)
    assert (early.returncode, early.stdout) == (1, "")
    assert "flask --app wsgi db upgrade" in json.loads(early.stderr)["detail"]

    assert _flask(tmp_path, "db", "upgrade").returncode == 0
    made = _flask(tmp_path, *create)
    assert (made.returncode, made.stderr) == (0, "")
    assert json.loads(made.stdout)["role"] == "owner"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    environment = _environment(tmp_path, UAA_CODE_TTL="soon")
    said = subprocess.run(
        [sys.executable, "-m", *COMMAND, "methods", "list"], cwd=ROOT, env=environment, text=True, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("Can't start: UAA_CODE_TTL: ")
    assert len(said.stderr.splitlines()) == 1
