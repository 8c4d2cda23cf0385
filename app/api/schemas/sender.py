"""Senders on the wire."""

from .wire import Wire


class SenderRow(Wire):
    type: str
    value: str
