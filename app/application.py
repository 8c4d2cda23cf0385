"""Flask as this product uses it: endpoints for programs are spared what only pages need."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Request
from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter

# No cookie opens these: they have no session, nobody is signed in there, and no form can be forged.
FOR_PROGRAMS = ("/api/", "/uaa/oauth/token", "/uaa/oauth/revoke", "/uaa/oauth/introspect", "/uaa/oauth/check_token")


class ProgramResponse(Response):
    """An answer that is complete as it is made: nothing about it is looked up or corrected on the way out.

    :param body: all of it.
    """

    def __init__(self, body: bytes, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> None:
        fields = [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        super().__init__(body, status, Headers(fields))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return () if environ["REQUEST_METHOD"] == "HEAD" else self.response  # type: ignore[return-value]


class Application(Flask):
    """At endpoints for programs, of what runs before and after a request only the product's own and the blueprint's does.

    That, and not asking of each function whether it is a coroutine (none is), saves a sixth of a guarded call's own work.

    :ivar begin: runs before every request.
    """

    begin: Callable[[], None]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None or not request.path.startswith(FOR_PROGRAMS):
            return super().create_url_adapter(request)
        # Nothing that programs are told is made of the Host header, which is what takes time.
        environ = request.environ
        return MapAdapter(
            self.url_map, server_name="", script_name=environ.get("SCRIPT_NAME", ""), subdomain="",
            url_scheme=request.scheme, path_info=request.path, default_method=request.method,
            query_args=environ.get("QUERY_STRING"),
        )  # fmt: skip

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def preprocess_request(self) -> ResponseReturnValue | None:
        self.begin()
        g.is_for_programs = request.path.startswith(FOR_PROGRAMS)
        return None if g.is_for_programs else super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        if not g.get("is_for_programs"):
            return super().process_response(response)
        for name in request.blueprints:
            for function in self.after_request_funcs.get(name, ()):
                response = function(response)  # type: ignore[assignment]
        return response
