"""How deeply JSON is nested: what goes deeper than anybody means is refused at the door, before anything stumbles over."""

from typing import Any

DEEPEST = 100


def is_too_deep(text: str, value: Any) -> bool:
    """Whether ``value``, which was read from ``text``, has more than DEEPEST arrays and objects inside each other."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _parts(outer)]
        if not level:
            return False
    return any(isinstance(inner, list | dict) for inner in level)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
