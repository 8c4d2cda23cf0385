"""``make run`` in a folder that was just copied: what a newcomer types first.

The packages are borrowed from the environment that runs the tests; installing them is what ``.ci/run`` begins with.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from app.settings import ROOT, SettingsError, load
from tests.support import programs
from tests.support.processes import Leash, ended, free_port

PATIENCE = 60
_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "instance", "__pycache__", ".*_cache", ".hypothesis", "build", "tests")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose name has a space and letters that are not ASCII, with the packages installed."""
    folder = tmp_path_factory.mktemp("start") / "Свіжа копія é"
    shutil.copytree(ROOT, folder, ignore=_NOT_COPIED)
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (folder / ".venv" / ".runtime").touch()
    return folder


def _environment(home: Path, **variables: str) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home)} | variables


class Run:
    """``make run``, with nothing in its environment but what is given."""

    def __init__(self, folder: Path, port: int, **variables: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._output_path = folder.parent / f"output-{time.monotonic_ns()}"
        with open(self._output_path, "wb") as output:
            self._process = subprocess.Popen(
                ["make", "-C", str(folder), "run"], cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=_environment(folder.parent / "home", PORT=str(port), **variables), start_new_session=True,
            )  # fmt: skip
        self._leash = Leash(f"kill -TERM -{self._process.pid}")

    @property
    def output(self) -> str:
        return self._output_path.read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def printed(self, label: str) -> str:
        found = re.search(rf"^  {label} +(.+)$", self.output, re.MULTILINE)
        assert found, self.output
        return found[1]

    def press_ctrl_c(self) -> float:
        """How many seconds it then took to end."""
        return self._stop(lambda: os.killpg(self._process.pid, signal.SIGINT))

    def terminate(self) -> float:
        """As a supervisor does: the signal goes to make alone. How many seconds it then took to end."""
        return self._stop(lambda: self._process.send_signal(signal.SIGTERM))

    def _stop(self, ask: Callable[[], None]) -> float:
        told = time.monotonic()
        ended(self._process, ask=ask, patience=PATIENCE)
        took = time.monotonic() - told
        self._leash.let_go()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{self.url}/healthz", timeout=5)
        assert "Traceback" not in self.output
        return took

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._leash.let_go()


@pytest.fixture
def started() -> Iterator[list[Run]]:
    runs: list[Run] = []
    yield runs
    for run in runs:
        run.stop()


def test_a_first_start_shows_the_way_in_and_a_second_one_keeps_everything(folder: Path, started: list[Run]) -> None:
    port = free_port()
    first = Run(folder, port)
    started.append(first)
    first.wait_until_ready()
    assert f"UAA on {first.url}\n" in first.output
    assert requests.get(f"{first.url}/healthz", timeout=5).json() == {"status": "ok"}
    link = first.printed("Authorize link")
    assert link.startswith(f"{first.url}/uaa/oauth/authorize?")
    secret = first.printed("App's secret")
    assert secret.startswith("uaa_cs_")
    assert "Demo App" in _sign_in(link, first.printed("Demo sign-in"))
    usual = first.press_ctrl_c()

    second = Run(folder, port)
    started.append(second)
    second.wait_until_ready()
    assert second.printed("Authorize link") == link
    assert second.printed("Demo sign-in") == first.printed("Demo sign-in")
    assert "uaa_cs_" not in second.output
    assert "add-secret" in second.printed("App's secret")
    assert "Installing" not in second.output
    with requests.Session() as browser:
        # A connection that is kept alive doesn't hold up the end: gunicorn's patience would be 8 seconds.
        browser.get(f"{second.url}/healthz", timeout=5)
        assert second.terminate() < usual + 7


def _sign_in(link: str, printed: str) -> str:
    """What a person reads who pastes ``link`` into a browser and signs in as it was ``printed``."""
    email, password = printed.split("  password: ")
    with requests.Session() as browser:
        page = browser.get(link, timeout=10)
        token = BeautifulSoup(page.text, "html.parser").select_one("input[name=csrf_token]")
        assert token is not None, page.text
        form = {"email": email, "password": password, "csrf_token": str(token["value"])}
        consent = browser.post(page.url, data=form, timeout=10)
    assert consent.status_code == 200
    return consent.text


def test_a_public_address_gets_no_account_with_a_known_password(folder: Path, started: list[Run], tmp_path: Path) -> None:
    run = Run(folder, free_port(), UAA_BASE_URL="https://accounts.example", UAA_INSTANCE_PATH=str(tmp_path / "instance"))
    started.append(run)
    run.wait_until_ready()
    assert "UAA on https://accounts.example\n" in run.output
    assert run.printed("Listening") == run.url
    assert "users create" in run.printed("First account")
    assert "demo" not in run.output
    run.terminate()


def _refusal(folder: Path, **variables: str) -> str:
    """The one sentence with which ``make run`` gives up."""
    return _sentence_of(subprocess.run(
        ["make", "run"], cwd=folder, env=_environment(folder.parent / "home", **variables), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    ))  # fmt: skip


def _refusal_of_start(home: Path, **variables: str) -> str:
    """The same of what ``make run`` runs once all is installed."""
    variables = {"UAA_INSTANCE_PATH": str(home / "instance")} | variables
    return _sentence_of(programs.run(["flask", "--app", "wsgi", "start"], _environment(home, **variables)))


def _sentence_of(ran: subprocess.CompletedProcess[str]) -> str:
    assert ran.returncode != 0
    assert ran.stdout == ""
    sentence, *rest = ran.stderr.splitlines()
    assert all(line.startswith("make:") for line in rest), ran.stderr
    return sentence


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert _refusal_of_start(tmp_path, PORT=str(port)) == (
            f"Can't start: port {port} is taken by another program. Choose one: PORT=8001 make run"
        )


def test_a_folder_that_can_not_be_written_to_is_said(tmp_path: Path) -> None:
    # A file in its place: permissions don't stop the superuser, who may run this test.
    (tmp_path / "file").touch()
    sentence = _refusal_of_start(tmp_path, UAA_INSTANCE_PATH=str(tmp_path / "file"))
    assert sentence == f"Can't start: UAA_INSTANCE_PATH: can't write to {tmp_path / 'file'}: File exists."


def test_a_wrong_setting_is_named(folder: Path) -> None:
    assert _refusal(folder, UAA_CODE_TTL="x").startswith("Can't start: UAA_CODE_TTL: ")


def test_a_wrong_port_is_named(tmp_path: Path) -> None:
    assert _refusal_of_start(tmp_path, PORT="70000").startswith("Can't start: PORT: ")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UAA_WORKERS", "-1"),
        ("UAA_SECRET_KEY", "short"),
        ("UAA_BASE_URL", "accounts.example"),
        ("UAA_DATABASE_URL", "mysql://localhost/uaa"),
        ("UAA_REDIS_URL", "localhost"),
        ("UAA_RATE_LIMIT_LOGIN", "often"),
        ("UAA_LOG_LEVEL", "loud"),
    ],
)
def test_every_kind_of_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{variable}: "):
        load()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/uaa.db", "postgresql://uaa:hunter2@127.0.0.1:1/uaa"])
def test_a_database_that_can_not_be_used_is_said(tmp_path: Path, url: str) -> None:
    sentence = _refusal_of_start(tmp_path, UAA_DATABASE_URL=url, PORT=str(free_port()))
    assert sentence.startswith("Can't start: the database can't be used: ")
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("exit 1", "Can't install: Python 3.11 or newer is needed, and there is none on the PATH."),
        (
            'case "$2" in *ensurepip*) exit 1;; esac',
            "Can't install: Python's venv module is missing (on Debian: apt install python3-venv).",
        ),
    ],
)
def test_an_unfit_python_is_said(tmp_path: Path, python: str, sentence: str) -> None:
    folder, programs = tmp_path / "checkout", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    for name in ("Makefile", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    for program in ("make", "sh"):
        found = shutil.which(program)
        assert found
        (programs / program).symlink_to(found)
    (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (programs / "python3").chmod(0o755)
    assert _refusal(folder, PATH=str(programs)) == sentence


def test_help_lists_the_commands(folder: Path) -> None:
    listed = subprocess.run(["make"], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} >= {"run", "test", "lint", "lock", "bench", "help", "clean"}
