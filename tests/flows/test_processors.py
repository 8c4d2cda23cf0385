"""Processors: each worker keeps to one where there is one for each."""

import os
from collections.abc import Callable, Collection
from contextlib import suppress

import psutil

from tests.support.servers import Server
from tests.support.waiting import until

PROCESSORS = sorted(os.sched_getaffinity(0))


def _workers(server: Server) -> dict[int, list[int]]:
    """By process id, the processors on which each worker may run."""
    found = {}
    for child in psutil.Process(server._process.pid).children():
        with suppress(psutil.Error):
            found[child.pid] = child.cpu_affinity()
    return found


def _until_workers_run_on(expected: list[list[int]], server: Server, *, but_for: Collection[int] = ()) -> None:
    """Until these are the processors of the workers, none of which is of ``but_for``."""

    def is_so() -> bool:
        present = _workers(server)
        return sorted(present.values()) == expected and present.keys().isdisjoint(but_for)

    until(is_so, f"they run elsewhere: {_workers(server)}")


def test_each_worker_keeps_to_a_processor_of_its_own_and_its_successor_too(start_server: Callable[..., Server]) -> None:
    server, each_its_own = start_server(workers=len(PROCESSORS)), [[processor] for processor in PROCESSORS]
    _until_workers_run_on(each_its_own, server)
    for worker in _workers(server):
        psutil.Process(worker).kill()
        _until_workers_run_on(each_its_own, server, but_for=[worker])


def test_where_there_are_more_workers_than_processors_the_system_distributes_them(
    start_server: Callable[..., Server],
) -> None:
    server = start_server(workers=len(PROCESSORS) + 1)
    _until_workers_run_on([PROCESSORS] * (len(PROCESSORS) + 1), server)
