"""The door to terminals: ``flask --app wsgi ...``. Commands translate; each prints one JSON value."""

import click
from flask import Flask
from flask.cli import AppGroup

from .. import migrating


class Commands(AppGroup):
    """The commands, imported when somebody asks for one: a server, which is never asked, does without their memory."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self._app = app

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        self._add_own()
        if name == "db":
            migrating.prepare(self._app)
        return super().get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._add_own()
        migrating.prepare(self._app)
        return super().list_commands(ctx)

    def _add_own(self) -> None:
        from .every_command import COMMANDS

        for command in COMMANDS:
            self.add_command(command)


def register(app: Flask) -> None:
    """Let ``app`` have the commands."""
    app.cli = Commands(app)
