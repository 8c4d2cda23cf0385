"""The values that a message's text may show: a small, safe part of the Velocity notation.

``$!data.get('name')``, ``$!{data.name}``, and without the ``!`` the same, which stays as it is written when there is
no value. A path leads through the members of the recipient's own data and nothing else: what looks different is text.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ..nesting import is_too_deep

Data = Mapping[str, Any]

_STEP = r"""(?: \.get\( \s* (?: '[^'\r\n]{0,200}' | "[^"\r\n]{0,200}" | [0-9]{1,6} ) \s* \)
            | \[ \s* (?: '[^'\r\n]{0,200}' | "[^"\r\n]{0,200}" | [0-9]{1,6} ) \s* \]
            | \.(?!get\() [A-Za-z_][A-Za-z0-9_-]{0,200} )"""
_REFERENCE = re.compile(
    rf"\$(?P<quiet>!?)(?: \{{ \s* data (?P<inner>{_STEP}{{1,20}}) \s* \}} | data (?P<outer>{_STEP}{{1,20}}) )", re.VERBOSE
)
_PART = re.compile(
    r"""\.get\(\s*(?P<call>'[^']*'|"[^"]*"|[0-9]+)\s*\) | \[\s*(?P<index>'[^']*'|"[^"]*"|[0-9]+)\s*\]
        | \.(?P<name>[\w-]+)""",
    re.VERBOSE,
)
_MISSING = object()
# A short template can show a long value as often as it likes.
_LONGEST_FILLING = 5_000_000  # characters


class TooLong(ValueError):
    """What the template shows of the data is too long for a message."""


def fill(text: str, data: Data, *, escape: Callable[[str], str] = str) -> str:
    """``text`` with its references to ``data`` replaced.

    :param escape: what makes a value harmless where it stands. :raises TooLong: the values together fill too much.
    """
    room = _LONGEST_FILLING

    def value_of(match: re.Match[str]) -> str:
        nonlocal room
        value = _follow(data, match["inner"] or match["outer"])
        if value is _MISSING or value is None:
            return "" if match["quiet"] else match[0]
        written = escape(_written(value))
        room -= len(written)
        if room < 0:
            raise TooLong("The message is too long with the values that it shows.")
        return written

    return _REFERENCE.sub(value_of, text) if "$" in text else text


def fill_html(text: str, data: Data) -> str:
    """The same for HTML: values show as they are, and can neither end an attribute nor begin an element."""
    return fill(text, data, escape=html.escape)


def _follow(data: Data, path: str) -> Any:
    value: Any = data
    for part in _PART.finditer(path):
        key: str | int = part["name"] or (part["call"] or part["index"])
        if not part["name"]:
            key = int(str(key)) if str(key).isdigit() else str(key)[1:-1]
        value = _member(value, key)
        if value is _MISSING:
            return value
    return value


def _member(value: Any, key: str | int) -> Any:
    """Only what the data itself holds: never an attribute of a Python object."""
    if isinstance(value, dict):
        return value.get(str(key), _MISSING)
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else _MISSING
    return _MISSING


def _written(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def read_data(text: str | None) -> dict[str, Any]:
    """The data of a recipient, from JSON in a text.

    :raises ValueError: it is no JSON object.
    """
    if not text or not text.strip():
        return {}
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError("jsonParam is not valid JSON") from error
    if not isinstance(data, dict):
        raise ValueError("jsonParam is not a JSON object")
    if is_too_deep(text, data):
        raise ValueError("jsonParam is nested too deeply")
    if "\\u0000" in text:
        raise ValueError("jsonParam has a NUL character")
    return data
