"""What tests of the worker need: servers that take messages, shops that send them, and workers that can be killed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from ..api.mailing import MailShop
from ..support.gateway_server import SECRET, GatewayServer
from ..support.mail_server import MailServer
from ..support.sites import Site
from ..support.workers import WorkerProcess


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


class Office:
    """A shop and the workers that carry its messages away; all have the same settings."""

    def __init__(self, app: Flask, settings: dict[str, Any]) -> None:
        self.site = Site(app)
        self.shop = MailShop(self.site)
        self._app, self._settings = app, settings
        self.workers: list[WorkerProcess] = []

    def start(self) -> WorkerProcess:
        instance_path = self._app.config["SETTINGS"].instance_path
        self.workers.append(WorkerProcess(instance_path, **self._settings))
        return self.workers[-1]

    def close(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.resume()
                worker.stop()
        self.site.close()


@pytest.fixture
def open_office(make_app: Callable[..., Flask]) -> Iterator[Callable[..., Office]]:
    """Opens an office; without ``database_url`` on SQLite."""
    opened: list[Office] = []

    def make(**settings: Any) -> Office:
        settings = {"job_hold": 2, "rate_limit_general": "100000/minute"} | settings
        opened.append(Office(make_app(**settings), settings))
        return opened[-1]

    yield make
    for office in opened:
        office.close()


@pytest.fixture
def open_shop(make_app: Callable[..., Flask]) -> Iterator[Callable[..., MailShop]]:
    sites: list[Site] = []

    def make(**settings: Any) -> MailShop:
        sites.append(Site(make_app(**settings)))
        return MailShop(sites[-1])

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def by_mail(open_shop: Callable[..., MailShop], mail_server: MailServer) -> MailShop:
    return open_shop(smtp_url=mail_server.url, base_url="https://mail.example.com")


@pytest.fixture
def gateway() -> Iterator[GatewayServer]:
    server = GatewayServer()
    yield server
    server.stop()


@pytest.fixture
def by_gateway(open_shop: Callable[..., MailShop], gateway: GatewayServer) -> MailShop:
    shop = open_shop(gateway_url=gateway.url, gateway_secret=SECRET, base_url="https://mail.example.com")
    shop.fund("10")
    return shop
