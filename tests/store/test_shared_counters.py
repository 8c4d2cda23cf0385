"""Counts that the processes of one machine share last for their window, and no longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import shared_counters
from app.shared_counters import SharedCounters


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def time(self) -> float:
        return self.at


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(shared_counters, "time", clock)
    return clock


@pytest.fixture
def counters(tmp_path: Path, at: Time) -> Iterator[SharedCounters]:
    counters = SharedCounters(tmp_path / "counters")
    yield counters
    counters.close()


def test_a_count_lasts_for_its_window_even_if_somebody_looked_at_it_before(counters: SharedCounters, at: Time) -> None:
    assert counters.get("failures") == 0
    assert counters.incr("failures", 60) == 1
    at.at += 59
    assert counters.get("failures") == 1
    assert counters.incr("failures", 1) == 2
    at.at += 2
    assert counters.get("failures") == 0


def test_two_processes_count_together(counters: SharedCounters, tmp_path: Path) -> None:
    other = SharedCounters(tmp_path / "counters")
    assert [counters.incr("calls", 60), other.incr("calls", 60), counters.incr("calls", 60)] == [1, 2, 3]
    other.close()


def test_a_count_that_was_cleared_begins_anew(counters: SharedCounters) -> None:
    counters.incr("failures", 60, 5)
    counters.clear("failures")
    assert counters.incr("failures", 60) == 1


def test_a_full_bucket_gives_up_the_window_that_would_end_first(
    counters: SharedCounters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_counters, "_BUCKETS", 1)
    for number in range(8):
        counters.incr(f"key {number}", 100 + number)
    counters.incr("one more", 200)
    assert [counters.get(f"key {number}") for number in range(8)] == [0, 1, 1, 1, 1, 1, 1, 1]
    assert counters.get("one more") == 1
