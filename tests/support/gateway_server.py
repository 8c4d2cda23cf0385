"""An HTTP gateway for SMS, Viber and push in this process, which takes each key once and can be told to misbehave."""

import hmac
import http.server
import json
import threading
import time
from collections.abc import Callable
from typing import Any

SECRET = "the-secret-of-the-gateway-and-the-server"


class GatewayServer:
    """Takes messages over HTTP, and each key once. :ivar reply: gives a status and body instead of 202."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.sent: dict[str, dict[str, Any]] = {}
        self.reply: Callable[[dict[str, Any]], tuple[int, bytes] | None] = lambda message: None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = outer.take(dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/send?account=1"

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        expected = hmac.digest(SECRET.encode(), headers["X-Timestamp"].encode() + b"." + body, "sha256").hex()
        if headers["X-Signature"] != f"sha256={expected}" or abs(time.time() - int(headers["X-Timestamp"])) > 5:
            return 401, b"forged"
        message = json.loads(body)
        self.requests.append((headers, message))
        replied = self.reply(message)
        if replied is None or replied[0] < 300:
            self.sent.setdefault(headers["Idempotency-Key"], message)
        return replied or (202, b"{}")

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
