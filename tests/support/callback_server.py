"""A partner's callback, as small as can be: says thanks, and can send the browser on."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit


class CallbackServer:
    """Listens on a port of its own while it is used as a context manager.

    :param onward: where every visitor is redirected to, when anywhere.
    """

    def __init__(self, *, host: str = "127.0.0.1", onward: str | None = None) -> None:
        self.visits: list[str] = []
        visits = self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/favicon.ico":
                    visits.append(self.path)
                self.send_response(302 if onward else 200)
                if onward:
                    self.send_header("Location", onward)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                # With an icon of its own: nothing is asked of a server that a test may have closed by then.
                self.wfile.write(b'<!doctype html><title>Partner</title><link rel="icon" href="data:,"><h1>Thanks</h1>')

            def log_message(self, format: str, *args: object) -> None:
                """The tests' output is not the place."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}/test/callback"

    def __enter__(self) -> "CallbackServer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def answer(self) -> dict[str, str]:
        """The parameters of the only visit so far."""
        assert len(self.visits) == 1, self.visits
        return dict(parse_qsl(urlsplit(self.visits[0]).query))
