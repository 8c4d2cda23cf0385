"""What happens to every request and answer of Flask: who acts, how large it may be, the headers of pages."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Response, g, request
from flask.wrappers import Request
from werkzeug.middleware.proxy_fix import ProxyFix

from .access import Access, Count
from .application import Application
from .errors import BadRequest
from .metrics import Metrics
from .services.audit import SYSTEM, Actor, act_as
from .settings import Settings
from .words import N_

PAGE_BODY_LIMIT = 2 * 1024 * 1024
# Pictures that are too large are refused beside the field, unless they are very much too large.
UPLOAD_LIMIT = 12 * 1024 * 1024
UPLOADS = ("pages.edit_authorization_form",)

_WITH_PORT = re.compile(r"(?:([\d.]+)|\[([\da-fA-F:.]+)\])(?::\d+)?")

SELF, NOBODY = "'self'", "'none'"
_BASE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'"
_FOREIGN_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src https: http: data:; "
    "style-src 'unsafe-inline' https:; font-src https: data:; base-uri 'none'; form-action 'none'"
)
# Only the settings and the API reference have scripts: where people sign in and decide, there is nothing that could be
# made to run.
SCRIPTED = ("/settings/", "/docs")
_SCRIPT_POLICY = "; script-src 'self'; connect-src 'self'; frame-src 'self'"


def register(app: Application) -> None:
    """Add the product's middleware to ``app``."""
    settings: Settings = app.config["SETTINGS"]
    app.wsgi_app = Access(app.wsgi_app, settings, _counter(app.extensions["metrics"]))  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(_without_port(app.wsgi_app), x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.begin = _begin
    app.after_request(_protect_page)
    app.teardown_request(_end)


def _without_port(application: WSGIApplication) -> WSGIApplication:
    """Some proxies write the client's port beside its address: each connection would count as another client."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        written = _WITH_PORT.fullmatch(environ.get("REMOTE_ADDR", ""))
        if written:
            environ["REMOTE_ADDR"] = written[1] or written[2]
        return application(environ, start_response)

    return answer


def _counter(metrics: Metrics) -> Count | None:
    """What counts each answer, by the address that the request was for."""

    def count(method: str, status: str, seconds: float) -> None:
        rule = request.url_rule if request else None
        metrics.count_request(rule.rule if rule else "none", method, status, seconds)

    return count if metrics.is_on else None


def _begin(request: Request) -> None:
    if not request.path.startswith("/api/"):
        request.max_content_length = UPLOAD_LIMIT if request.endpoint in UPLOADS else PAGE_BODY_LIMIT
    act_as(Actor(address=request.remote_addr or ""))
    if not request.query_string:
        return
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        request.query_string = b""  # or the page that says so could not be written
        raise BadRequest(N_("The query string is not valid UTF-8.")) from None


def _protect_page(response: Response) -> Response:
    if response.mimetype == "text/html":
        headers = response.headers
        headers["Content-Security-Policy"] = _policy()
        headers["Referrer-Policy"] = "no-referrer"
        headers.setdefault("Cache-Control", "no-store")
    return response


def _end(_: BaseException | None) -> None:
    act_as(SYSTEM)


def _policy() -> str:
    if g.get("is_foreign"):
        return f"{_FOREIGN_POLICY}; frame-ancestors {g.get('frame_ancestors', NOBODY)}"
    own = f"; frame-ancestors {g.get('frame_ancestors', NOBODY)}; form-action {g.get('form_action', SELF)}"
    return _BASE_POLICY + own + (_SCRIPT_POLICY if request.path.startswith(SCRIPTED) else "")


def contain_foreign_html() -> None:
    """This page is somebody else's HTML: it may look as it likes, run nothing, send nothing, and be nobody here."""
    g.is_foreign = True


def allow_framing_here() -> None:
    """Let pages of this site, and no others, show this page inside of them."""
    g.frame_ancestors = SELF


def allow_redirects_to(uri: str) -> None:
    """Let the forms of this page end, by redirects, at ``uri`` and wherever it leads on to.

    Chromium applies ``form-action`` to every hop after a form is sent, the partner's own redirects included, so the
    policy names schemes: any https address, and the callback's own scheme.
    """
    scheme = urlsplit(uri).scheme
    g.form_action = f"{SELF} https:" if scheme == "https" else f"{SELF} https: {scheme}:"
