"""Commands that speak JSON: what a command returns goes to standard output, an error to standard error."""

import sys
from typing import Any, NoReturn

import click
import orjson
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from ..errors import AppError, Unavailable
from ..services import health
from ..services.audit import Actor, act_as


class JsonCommand(click.Command):
    """A command whose result is printed. A refusal ends it with status 1, a wrong use with 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            fail(ctx, {"error": "usage", "detail": error.format_message()}, status=2)

    def invoke(self, ctx: click.Context) -> Any:
        act_as(Actor(name="command line"))
        try:
            result = super().invoke(ctx)
        except AppError as error:
            fail(ctx, {"error": error.code, "detail": error.detail} | error.extra)
        except (OperationalError, ProgrammingError) as error:
            problems = health.problems()
            if not problems:
                raise
            fail(ctx, {"error": Unavailable.code, "detail": problems[0]}, cause=error)
        click.echo(_as_json(result, pretty=sys.stdout.isatty()))
        return result


class JsonGroup(AppGroup):
    """The commands on one noun."""

    command_class = JsonCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:  # fmt: skip
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            fail(ctx, {"error": "usage", "detail": error.format_message()}, status=2)


def fail(ctx: click.Context, error: dict[str, Any], *, status: int = 1, cause: Exception | None = None) -> NoReturn:
    """Say ``error`` on standard error and end the command."""
    click.echo(_as_json(error, pretty=sys.stderr.isatty()), err=True)
    raise click.exceptions.Exit(status) from cause


def _as_json(value: Any, *, pretty: bool) -> str:
    # People at a terminal get it indented, programs on one line.
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else None).decode()
