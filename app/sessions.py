"""Browser sessions: a signed cookie, for pages only."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from .application import FOR_PROGRAMS

# The same to everybody, and for every cache.
FOR_ALL = ("/logos/",)
UNSUBSCRIBE = "/unsubscribe/"


class PageSessions(SecureCookieSessionInterface):
    """Opens a session for pages; endpoints that programs call have none, and no cookie of a browser opens them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith((*FOR_PROGRAMS, *FOR_ALL)) or _is_one_click(request):
            return None
        return super().open_session(app, request)


def _is_one_click(request: Request) -> bool:
    """Whether a mail program unsubscribes its reader (RFC 8058 section 3.1: without cookies)."""
    return request.method == "POST" and request.path.startswith(UNSUBSCRIBE)
