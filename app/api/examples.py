"""One call of each method with its answer, as tests/api/test_examples.py has recorded them (`make examples`)."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")


@dataclass(frozen=True)
class Example:
    """:param path: the parts of the address by name. :param query: its parameters by name. :param body: None: without."""

    answer: Any
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None


@cache
def recorded() -> dict[str, Example]:
    """Name of the method -> its example."""
    return {name: Example(**members) for name, members in json.loads(FILE.read_text()).items()}
