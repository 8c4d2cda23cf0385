"""``flask --app wsgi worker``."""

import click
from flask.cli import ScriptInfo, pass_script_info


@click.command("worker")
@pass_script_info
def worker(script: ScriptInfo) -> None:
    """Send messages and run other jobs, until told to stop."""
    from .worker import run  # a server, which has this command too, does none of its work

    run(script.load_app())
