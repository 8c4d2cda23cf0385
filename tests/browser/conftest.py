"""Chromium for the tests in this folder: Debian's, headless. Missing, it skips them, but never in CI."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from ..support.apps import dispose, open_app
from ..support.letterbox import Letterbox
from ..support.mail_server import MailServer
from ..support.processes import Leash, ended, free_port
from ..support.programs import Program
from ..support.servers import Server
from ..support.sites import Site
from .town import Town

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 20_000  # milliseconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        message = "Chromium is missing (on Debian: apt install chromium)"
        if os.environ.get("UAA_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(chromium: Browser) -> OpenPage:
    """Opens a page in a browser profile of its own; nothing on it may be blocked, broken or missing."""

    @contextmanager
    def open_(**options: Any) -> Iterator[Page]:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []

        def listen(message: ConsoleMessage) -> None:
            # A page with an error status says so itself.
            if message.type in ("error", "warning") and "responded with a status of 4" not in message.text:
                complaints.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page
        finally:
            context.close()
        assert not complaints

    return open_


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def any_page(request: pytest.FixtureRequest, open_page: OpenPage) -> Iterator[Page]:
    """A page in a fresh browser, with JavaScript and without."""
    with open_page(java_script_enabled=request.param) as page:
        yield page


@dataclass(frozen=True)
class MakeRun:
    """What `make run` printed, and where it listens."""

    output: str
    port: int

    def printed(self, pattern: str) -> str:
        found = re.search(pattern, self.output)
        assert found, self.output
        return found[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def town(start_server: Callable[..., Server], mail_server: MailServer) -> Iterator[Town]:
    """A live gunicorn that lets people sign up and sends mail, and what is in its database."""
    server = start_server(smtp_url=mail_server.url, sign_up=True, workers=1)
    # Filled in this process, and without a mail server: what is sent stays in the outbox.
    app = open_app(server.instance_path, base_url=server.url)
    site = Site(app)
    yield Town(site)
    site.close()
    dispose(app)


@pytest.fixture
def letterbox(town: Town, mail_server: MailServer) -> Iterator[Letterbox]:
    """The mail that leaves the town from now on."""
    app = open_app(town.settings.instance_path, base_url=town.site.url, smtp_url=mail_server.url, sign_up=True)
    box = Letterbox(Site(app), mail_server)
    box.collect()
    yield box
    dispose(app)


@pytest.fixture(scope="module")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRun]:
    """What `make run` runs once all is installed, in an empty folder."""
    port, instance = free_port(), tmp_path_factory.mktemp("make-run")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UAA_")}
    log = instance / "output"
    environment |= {"PORT": str(port), "UAA_INSTANCE_PATH": str(instance), "UAA_WORKERS": "1"}
    process = Program(["flask", "--app", "wsgi", "start"], environment, log)
    leash = Leash(f"kill -TERM -{process.pid}")
    try:
        _wait(process, port, log)
        yield MakeRun(log.read_text(), port)
    finally:
        ended(process, ask=lambda: process.send_signal(signal.SIGQUIT))
        leash.let_go()


def _wait(process: Program, port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    with requests.Session() as session:
        session.trust_env = False
        while True:
            try:
                if session.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                pass
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
