"""Addresses, as this product keeps them."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule that writes the code by which Werkzeug builds its addresses when the first one is built.

    It is written for each rule, twice. That took a twentieth of a start, and most of it is never run.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        write = super()._compile_builder
        written: Callable[..., tuple[str, str]] | None = None

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            nonlocal written
            # Threads that come here together write the same.
            written = written or write(append_unknown)
            return written(rule, **values)

        return build
