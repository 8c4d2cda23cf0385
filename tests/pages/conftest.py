"""What tests of pages with letters need: a site that can send mail."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from ..support.letterbox import Letterbox
from ..support.mail_server import MailServer
from ..support.sites import Site


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def open_letterbox(make_app: Callable[..., Flask], mail_server: MailServer) -> Iterator[Callable[..., Letterbox]]:
    """Opens a site that can send mail, with its letterbox."""
    opened: list[Site] = []

    def make(**settings: Any) -> Letterbox:
        opened.append(Site(make_app(smtp_url=mail_server.url, **settings)))
        return Letterbox(opened[-1], mail_server)

    yield make
    for site in opened:
        site.close()


@pytest.fixture
def letterbox(open_letterbox: Callable[..., Letterbox]) -> Letterbox:
    return open_letterbox()
