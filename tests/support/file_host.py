"""An http server of the tests' own, with files to import."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class FileHost:
    """Listens on this computer. ``asked`` keeps the paths, ``heads`` the headers of the requests."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.heads: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, *, host: str = "127.0.0.1", credentials: str = "") -> str:
        return f"http://{credentials}{host}:{self.port}{path}"

    def put(self, path: str, body: bytes | str, status: int = 200, **headers: str) -> str:
        """Serve ``body``; its address."""
        content = body.encode() if isinstance(body, str) else body

        def send(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content-Length": str(len(content))}.items() | headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(content)

        return self.answer(path, send)

    def answer(self, path: str, answer: Answer) -> str:
        self._answers[path] = answer
        return self.url(path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                host.heads.append({name.lower(): value for name, value in self.headers.items()})
                with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has read enough
                    host._answers[self.path](self)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler
