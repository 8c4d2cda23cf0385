"""Processors: a worker of gunicorn keeps to one where there is one for each.

One of its threads runs at a time: elsewhere it would find nothing of what the last one had at hand.
"""

import os
from contextlib import suppress
from typing import Any


def find_for(server: Any, worker: Any) -> None:
    """Give ``worker``, before it is forked, a processor of its own; gunicorn's ``pre_fork``.

    So it goes where there is one for each. Where there are more, or fewer, the system distributes them better.
    """
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) == server.num_workers:
        # Older ones than these are about to end.
        others = sorted(server.WORKERS.values(), key=lambda other: -other.age)[: server.num_workers - 1]
        taken = [other.processor for other in others]
        worker.processor = min(processors, key=taken.count)


def keep_to(processor: int | None) -> None:
    """Run on ``processor`` alone; anywhere when it is None."""
    if processor is not None:
        with suppress(OSError):  # it may be forbidden, or the processor have been taken away
            os.sched_setaffinity(0, {processor})
