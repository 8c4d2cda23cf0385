"""The door to the clock: what happens without anybody asking for it."""

from flask import Flask

from ..services.usage import Tally
from .queue import Queue
from .tally_writer import TallyWriter
from .worker import worker


def register(app: Flask) -> None:
    """Add the queue that wakes the worker, the worker's command, the tally of calls and what writes it down."""
    app.extensions["queue"] = Queue(app.config["SETTINGS"])
    app.cli.add_command(worker)
    tally = Tally()
    app.extensions["tally"] = tally
    app.extensions["tally_writer"] = TallyWriter(app, tally)
