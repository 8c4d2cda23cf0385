"""What tests of pages need: a site that can send mail, and a house with something of everything."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask

from ..support.apps import dispose, open_app
from ..support.databases import SqliteTemplate
from ..support.letterbox import Letterbox
from ..support.mail_server import MailServer
from ..support.sites import Site
from .full_house import SETTINGS
from .routes import House


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


@pytest.fixture(scope="session")
def house(sqlite_template: SqliteTemplate) -> Iterator[House]:
    """Shared by tests that leave it as it was."""
    with TemporaryDirectory(prefix="uaa-") as folder:
        sqlite_template.copy_to(Path(folder))
        app = open_app(Path(folder), **SETTINGS)
        site = Site(app)
        yield House(site)
        site.close()
        dispose(app)
