"""Push tokens on the wire."""

from .wire import Wire


class TokenState(Wire):
    active: bool
