"""A server that is told to stop does so soon, quietly, and with everything written down."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models.usage import CredentialKind, Usage
from tests.support.servers import Server
from tests.support.sites import Site


@pytest.mark.parametrize("times", [1, 50], ids=["once", "impatiently"])
def test_ctrl_c_stops_it_and_no_count_is_lost(
    start_server: Callable[..., Server], site_of: Callable[[Server], Site], times: int
) -> None:
    # Which moment the signal meets is chance: several servers, so that a bad one is met.
    for _ in range(6):
        server = start_server()
        site = site_of(server)
        owner, app = site.owner(), site.partner_app()
        tokens = app.connect(owner)
        for _ in range(3):
            assert app.call(tokens, "GET", "/api/v1/contacts").status == 200
        assert server.press_ctrl_c(times) == 0
        assert "Traceback" not in server.log
        assert "SIGKILL" not in server.log
        with site.rules():
            assert db.session.scalar(select(Usage.calls).where(Usage.kind == CredentialKind.CONNECTION)) == 3


def test_connections_that_browsers_open_in_advance_keep_nobody_waiting(
    start_server: Callable[..., Server], site_of: Callable[[Server], Site]
) -> None:
    server = start_server(workers=1)
    site = site_of(server)
    owner, app = site.owner(), site.partner_app()
    tokens = app.connect(owner)
    with ExitStack() as held:
        # More than there are threads: one more would be served after 5 seconds, and a stop waits 8 before it kills.
        for _ in range(10):
            held.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        with socket.create_connection(("127.0.0.1", server.port), timeout=4) as other:
            other.sendall(b"GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n")
            assert other.recv(12) == b"HTTP/1.1 200"
        assert app.call(tokens, "GET", "/api/v1/contacts").status == 200
        server.terminate()
    with site.rules():
        assert db.session.scalar(select(Usage.calls).where(Usage.kind == CredentialKind.CONNECTION)) == 1
