"""``python -m bench``: how fast the application is, measured against a bare Flask answer in the same minutes."""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import databases
from .loads import LOADS, Load
from .rig import Rig


@dataclass(frozen=True)
class Plan:
    """What to run, how often and for how long."""

    databases: tuple[str, ...]
    loads: tuple[Load, ...]
    tokens: int
    rounds: int
    seconds: int


def read_plan(arguments: list[str]) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything runs")
    parser.add_argument("--database", choices=databases.NAMES, action="append", help="only this one")
    parser.add_argument("--only", choices=[load.name for load in LOADS], action="append", help="only this load")
    parser.add_argument("--tokens", type=int, default=10_000, help="live tokens in the database (10000; try 1000000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the medians are shown (5)")
    parser.add_argument("--seconds", type=int, default=4, help="length of each load in each round (4)")
    given = parser.parse_args(arguments)
    return Plan(
        databases=tuple(given.database or databases.NAMES),
        loads=tuple(load for load in LOADS if not given.only or load.name in given.only),
        tokens=given.tokens,
        rounds=1 if given.quick else given.rounds,
        seconds=2 if given.quick else given.seconds,
    )


def main() -> None:
    plan = read_plan(sys.argv[1:])
    for name in plan.databases:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
            rig = Rig.set_up(stack, Path(folder), database=name, tokens=plan.tokens, loads=plan.loads)
            for number in range(plan.rounds):
                print(f"{name}: round {number + 1} of {plan.rounds}", file=sys.stderr)
                rig.run_round(seconds=plan.seconds)
            print(rig.report(), flush=True)


main()
