"""The command line, in process."""

import json
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.sites import Site


@dataclass(frozen=True)
class Said:
    """What a command left behind: its exit status, and the JSON on one of its two outputs."""

    status: int
    stdout: str
    stderr: str

    @property
    def result(self) -> Any:
        assert self.status == 0, self.stderr
        assert self.stderr == ""
        return json.loads(self.stdout)

    @property
    def error(self) -> dict[str, Any]:
        assert self.status != 0, self.stdout
        assert self.stdout == ""
        error: dict[str, Any] = json.loads(self.stderr)
        assert error["error"], "an error has a code"
        assert error["detail"], "an error has a sentence"
        return error


Flask = Callable[..., Said]


def command_line(site: Site) -> Flask:
    """Runs commands: ``flask("users", "create", "--email", ...)``."""

    def run(*words: str) -> Said:
        # In a context of its own, as each command has a process of its own.
        result = copy_context().run(site.app.test_cli_runner().invoke, args=words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def flask(site: Site) -> Flask:
    return command_line(site)
