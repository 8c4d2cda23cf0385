"""The door to the clock: what happens without anybody asking for it."""

from flask import Flask

from ..services.usage import Tally
from .tally_writer import TallyWriter


def register(app: Flask) -> None:
    """Add the tally of calls and what writes it down."""
    tally = Tally()
    app.extensions["tally"] = tally
    app.extensions["tally_writer"] = TallyWriter(app, tally)
