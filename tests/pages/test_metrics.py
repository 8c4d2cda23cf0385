"""/metrics: what all worker processes have counted, for whoever has the operator's token."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.models import CredentialKind
from app.services import usage
from tests.support.answers import Answer
from tests.support.servers import Server
from tests.support.sites import Site
from tests.support.waiting import until

TOKEN = "a-token-of-the-operators-own"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
VERSION = {"route": "/api/v1/version", "method": "GET"}


class Figures:
    """What /metrics answers, as Prometheus reads it."""

    def __init__(self, site: Site) -> None:
        answer = site.get("/metrics", headers=HEADERS)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self._samples.get((f"uaa_{name}", frozenset(labels.items())), 0.0)


def _call(site: Site, token: str, times: int) -> list[Answer]:
    """Call over a connection each, which the kernel spreads over the workers."""
    headers = {"Authorization": f"Bearer {token}"}
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda _: site.visitor().send("GET", "/api/v1/version/", headers=headers), range(times)))


def test_all_processes_count_together_and_go_on_after_a_kill(
    start_server: Callable[..., Server], site_of: Callable[[Server], Site]
) -> None:
    server = start_server(metrics_token=TOKEN, rate_limit_general="30/day")
    site = site_of(server)
    owner, app = site.owner(), site.partner_app()
    tokens = app.connect(owner)
    tokens = app.refresh(app.refresh(tokens))
    assert {answer.status for answer in _call(site, tokens.access_token, 20)} == {200}
    assert {answer.status for answer in _call(site, "nonsense", 3)} == {401}
    assert len(list((server.instance_path / "metrics").iterdir())) == 2, "both processes have counted"
    seen = Figures(site)
    assert seen("http_requests_total", status="200", **VERSION) == 20
    assert seen("http_requests_total", status="401", **VERSION) == 3
    assert seen("http_request_duration_seconds_count", **VERSION) == 23
    assert seen("http_request_duration_seconds_bucket", le="+Inf", **VERSION) == 23
    assert 0 < seen("http_request_duration_seconds_sum", **VERSION) < 23
    assert seen("tokens_issued_total", grant="authorization_code") == 1
    assert seen("tokens_issued_total", grant="refresh_token") == 2
    assert seen("errors_total", door="api", reason="invalid_token") == 3
    # What the workers tally of credentials they write down every few seconds, without being asked.
    until(lambda: _used(site) == 20, "the calls are written down")
    _kill_a_worker_and_go_on(server, site, tokens.access_token)
    assert "Last used" in owner.get("/settings/connected-apps").words
    server.stop()
    assert _used(site) == 30, "a worker that is told to stop writes down what is left"


def _kill_a_worker_and_go_on(server: Server, site: Site, token: str) -> None:
    dead, *_ = workers = _workers(server)
    os.kill(dead, signal.SIGKILL)
    until(lambda: len(present := _workers(server)) == 2 and dead not in present, "another takes its place")
    assert Counter(answer.status for answer in _call(site, token, 14)) == {200: 10, 429: 4}
    later = Figures(site)
    assert later("http_requests_total", status="200", **VERSION) == 30
    assert later("http_requests_total", status="429", **VERSION) == 4
    assert later("rate_limited_total", limit="general") == 4
    assert len(list((server.instance_path / "metrics").iterdir())) == len(workers), "the new one goes on in the old file"


def _workers(server: Server) -> list[int]:
    return [child.pid for child in psutil.Process(server._process.pid).children() if child.status() != "zombie"]


def _used(site: Site) -> int:
    with site.rules():
        return sum(usage.by_group(CredentialKind.CONNECTION, 1, days=1).values())


@pytest.mark.settings(metrics_token=TOKEN)
def test_only_the_operator_is_told(site: Site) -> None:
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer é"}):
        answer = site.get("/metrics", headers=wrong)
        assert answer.status == 401
        assert "uaa_http" not in answer.text
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="metrics"'


def test_there_is_nothing_without_a_token_of_the_operators(site: Site) -> None:
    assert site.get("/metrics", headers=HEADERS).status == 404
    assert not (site.app.config["SETTINGS"].instance_path / "metrics").exists()


@pytest.mark.settings(metrics_token=TOKEN)
def test_what_waits_for_the_worker_is_told(site: Site) -> None:
    assert Figures(site)("jobs_waiting", kind="import") == 0
    owner = site.owner()
    key = site.api_key(owner.organization)
    body = {"contacts": [{"channels": [{"type": "email", "value": "ann@example.org"}]}]}
    assert site.post("/api/v1/contacts", json=body, headers={"Authorization": f"Bearer {key}"}).status == 200
    seen = Figures(site)
    assert seen("jobs_waiting", kind="import") == 1
    assert seen("jobs_waiting", kind="delivery") == 0
    assert seen("http_requests_total", route="/api/v1/contacts", method="POST", status="200") == 1
    site.get("/no/such/page")
    assert Figures(site)("http_requests_total", route="none", method="GET", status="404") == 1
