"""Flask as this product uses it: endpoints for programs are spared what only pages need."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response
from flask.ctx import AppContext, RequestContext
from flask.globals import _cv_app, _cv_request
from flask.typing import ResponseReturnValue
from flask.wrappers import Request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

from .here import this_request
from .routing import LateRule

# No cookie opens these: they have no session, nobody is signed in there, and no form can be forged.
FOR_PROGRAMS = ("/api/", "/uaa/oauth/token", "/uaa/oauth/revoke", "/uaa/oauth/introspect", "/uaa/oauth/check_token")
STATUSES = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class ProgramResponse(Response):
    """An answer that is complete as it is made: nothing about it is looked up or corrected on the way out.

    :param body: all of it.
    """

    def __init__(self, body: bytes, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> None:
        # What werkzeug's own does for bodies, states and headers of every kind takes several times as long.
        self._status_code, self._status = status, STATUSES[status]
        self._given = [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        self.response, self.direct_passthrough, self._on_close = [body], False, []

    @cached_property
    def headers(self) -> Headers:  # type: ignore[override]
        return Headers(self._given)

    def add_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Let the answer carry ``headers`` too."""
        if "headers" in self.__dict__:
            self.headers.extend(headers)
        else:
            self._given += headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self._status, self.headers.to_wsgi_list() if "headers" in self.__dict__ else self._given)
        return () if environ["REQUEST_METHOD"] == "HEAD" else self.response  # type: ignore[return-value]


class ProgramContext(RequestContext):
    """The context of a request by a program: no session, no flashed messages, and none of Flask's signals.

    :ivar headers: what the answer is to carry, whatever it will be.

    What they cost is a quarter of a guarded call's own work.
    """

    app: "Application"

    def __init__(self, app: "Application", environ: WSGIEnvironment) -> None:
        # Kept in its environ, as usual, it would be a circle: garbage of each call that only the collector finds.
        self.app, self.request = app, app.request_class(environ, populate_request=False)
        self.flashes = self._session = None
        self._after_request_functions, self._cv_tokens = [], []
        self.headers: list[tuple[str, str]] = []

    @cached_property
    def url_adapter(self) -> MapAdapter:  # type: ignore[override]
        # Nothing that programs are told is made of the Host header, which is what takes time.
        asked, environ = self.request, self.request.environ
        return MapAdapter(
            self.app.url_map, server_name="", script_name=environ.get("SCRIPT_NAME", ""), subdomain="",
            url_scheme=asked.scheme, path_info=asked.path, default_method=asked.method,
            query_args=environ.get("QUERY_STRING"),
        )  # fmt: skip

    def match_request(self) -> None:
        asked, known = self.request, self.app.known_paths
        found = known.get((asked.method, asked.path))
        if found is None:
            try:
                found = self.url_adapter.match(return_rule=True)
            except HTTPException as error:
                asked.routing_exception = error
                return
            if not found[1]:
                known[asked.method, asked.path] = found
        asked.url_rule, asked.view_args = found[0], dict(found[1])

    def push(self) -> None:
        outer = AppContext(self.app)
        outer._cv_tokens.append(_cv_app.set(outer))
        self._cv_tokens.append((_cv_request.set(self), outer))
        self.match_request()

    def pop(self, exc: BaseException | None = None) -> None:
        token, outer = self._cv_tokens.pop()
        try:
            self.app.end(exc)
        finally:
            _cv_request.reset(token)
            if outer is not None:
                _cv_app.reset(outer._cv_tokens.pop())


class Application(Flask):
    """At endpoints for programs, of what runs before and after a request only the product's own does.

    :ivar begin: runs before every request.
    :ivar known_paths: the rules of paths without variables, by method and path.
    """

    url_rule_class = LateRule
    begin: Callable[[Request], None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known_paths: dict[tuple[str, str], tuple[Rule, Mapping[str, Any]]] = {}

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        path = environ.get("PATH_INFO", "")
        if path.startswith("//"):
            # As Werkzeug reads it: a base address that ends in a slash makes two of them.
            path = "/" + path.lstrip("/")
        if path.startswith(FOR_PROGRAMS):
            return ProgramContext(self, environ)
        return super().request_context(environ)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def full_dispatch_request(self) -> Response:
        context = _cv_request.get()
        if not isinstance(context, ProgramContext):
            return super().full_dispatch_request()
        try:
            self.begin(context.request)
            answer = self.dispatch_request()
        except Exception as error:
            answer = self.handle_user_exception(error)
        return self.finalize_request(answer)

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:
        context = _cv_request.get()
        if not isinstance(context, ProgramContext):
            return super().finalize_request(rv, from_error_handler)
        if type(rv) is ProgramResponse:
            rv.add_headers(context.headers)
            return rv
        response: Response = self.make_response(rv)
        response.headers.extend(context.headers)
        return response

    def preprocess_request(self) -> ResponseReturnValue | None:
        self.begin(this_request())
        return super().preprocess_request()

    def end(self, error: BaseException | None) -> None:
        """What is done after a request by a program, however it ended."""
        for function in (*self.teardown_request_funcs.get(None, ()), *self.teardown_appcontext_funcs):
            function(error)


def answer_with(*headers: tuple[str, str]) -> None:
    """Give the answer to the program's request that is being answered these headers, also if it turns out an error."""
    context = _cv_request.get()
    if isinstance(context, ProgramContext):
        context.headers += headers
