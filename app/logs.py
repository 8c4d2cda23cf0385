"""Logging to standard error, one line an event."""

import logging
import sys
import time

from .settings import Settings


def configure(settings: Settings) -> None:
    """Send the product's log to standard error."""
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger("uaa")
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    root.propagate = False
