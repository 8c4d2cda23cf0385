"""Browser sessions: a signed cookie, for pages only."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from .application import FOR_PROGRAMS

# The same to everybody, and for every cache.
FOR_ALL = ("/logos/",)


class PageSessions(SecureCookieSessionInterface):
    """Opens a session for pages; endpoints that programs call have none, and no cookie of a browser opens them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith((*FOR_PROGRAMS, *FOR_ALL)):
            return None
        return super().open_session(app, request)
