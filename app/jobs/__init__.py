"""The door to the clock: what happens without anybody asking for it."""

from flask import Flask

from ..services.usage import Tally
from .gateway_status import gateway
from .queue import Queue
from .tally_writer import TallyWriter
from .worker import worker


def register(app: Flask) -> None:
    """Add the worker's queue and command, the gateway's callback, the tally of calls and what writes it down."""
    app.extensions["queue"] = Queue(app.config["SETTINGS"])
    app.cli.add_command(worker)
    app.register_blueprint(gateway)
    tally = Tally()
    app.extensions["tally"] = tally
    app.extensions["tally_writer"] = TallyWriter(app, tally)
