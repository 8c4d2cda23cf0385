"""The door to the clock: what happens without anybody asking for it."""

from flask import Flask

from ..services.own_limits import OwnLimits
from ..services.usage import Tally
from . import command
from .gateway_status import gateway
from .limits_reader import LimitsReader
from .queue import Queue
from .tally_writer import TallyWriter


def register(app: Flask) -> None:
    """Add the worker's queue and command, the gateway's callback, the tally of calls and the own limits."""
    app.extensions["queue"] = Queue(app.config["SETTINGS"])
    app.cli.add_command(command.worker)
    app.register_blueprint(gateway)
    tally = Tally()
    app.extensions["tally"] = tally
    app.extensions["tally_writer"] = TallyWriter(app, tally)
    own_limits = OwnLimits()
    app.extensions["own_limits"] = own_limits
    app.extensions["limits_reader"] = LimitsReader(app, own_limits)
