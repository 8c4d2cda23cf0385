"""What JSON Schema is told of a shape beyond its type: the leniency of reading, and rules that services hold.

Only requests are read leniently; the schemas of answers stay as they are.
"""

from collections.abc import Callable
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

JsonSchema = dict[str, Any]

MOST_ITEMS = 3000
_NULL: JsonSchema = {"type": "null"}

# Local times as `local_times.read` takes them; days that a month does not have are refused all the same.
_DAY = "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
MOMENT = f"^{_DAY}({_TIME})?$"
# What keys of events can't have (the reference, 5.1), and that one of the rest is no space.
_NOT_IN_KEYS = r"<;'\\/|\"^?!,>`\x00-\x1f\x7f"
EVENT_KEY = f"^[^{_NOT_IN_KEYS}]*[^{_NOT_IN_KEYS}\\s][^{_NOT_IN_KEYS}]*$"


_ANYTHING = {"description": "Anything else comes back with an `error`."}


class Says:
    """Adds facts to the schema of a request's text that rules behind it hold: ``Annotated[Text, Says(maxLength=40)]``."""

    def __init__(self, **facts: Any) -> None:
        self._facts = facts

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        schema = handler(core)
        return schema | self._facts if handler.mode == "validation" else schema


class NumbersToo:
    """A text may also be sent as a number."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        schema = handler(core)
        return schema | {"type": ["string", "number"]} if handler.mode == "validation" else schema


class TextsToo:
    """An integer may also be sent as the text of its digits. :param pattern: as long as is surely in range."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        schema = handler(core)
        also = {"type": ["integer", "string"], "pattern": self._pattern}
        return schema | also if handler.mode == "validation" else schema


class FlagWords:
    """True and false may also be sent as numbers and words."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        schema = handler(core)
        also = {"type": ["boolean", "integer", "string"], "enum": [True, False, 1, 0, "true", "false", "1", "0"]}
        return schema | also if handler.mode == "validation" else schema


class OneToo:
    """A list may also be sent as its only item, and as null when it may be empty."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        schema = handler(core)
        if handler.mode != "validation":
            return schema
        choices = [{"maxItems": MOST_ITEMS} | schema, _but_null(schema["items"])]
        return {"anyOf": choices if schema.get("minItems") else [*choices, _NULL]}


def _but_null(item: JsonSchema) -> JsonSchema:
    """A single null is no item, but an empty list."""
    choices = item.get("anyOf", [])
    if _ANYTHING not in choices:
        return item
    anything = _ANYTHING | {"type": ["object", "string", "number", "boolean"]}
    return {"anyOf": [anything if choice == _ANYTHING else choice for choice in choices]}


class OrAnything:
    """What does not fit is not refused; the answer says what is wrong with it."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        return {"anyOf": [handler(core), _ANYTHING]}


def some(name: str, most: int) -> Callable[[JsonSchema], None]:
    """For ``json_schema_extra``: the list ``name`` has 1 to ``most`` items."""

    def add(schema: JsonSchema) -> None:
        member = schema["properties"][name]
        member.pop("default", None)
        member |= _filled(member, most)
        schema["required"] = [*schema.get("required", []), name]

    return add


def one_of_these(*names: str, most: int = MOST_ITEMS) -> Callable[[JsonSchema], None]:
    """For ``json_schema_extra``: just one of the members ``names`` is sent; the others are left out, null or empty."""

    def add(schema: JsonSchema) -> None:
        schema["oneOf"] = [_only(schema["properties"], name, names, most) for name in names]

    return add


def at_most_one_of_these(*names: str) -> Callable[[JsonSchema], None]:
    """The same, or none of them."""

    def add(schema: JsonSchema) -> None:
        members = schema["properties"]
        none = {"properties": {name: _emptied(members[name]) for name in names}}
        schema["oneOf"] = [none, *(_only(members, name, names, MOST_ITEMS) for name in names)]

    return add


def _only(members: JsonSchema, wanted: str, names: tuple[str, ...], most: int) -> JsonSchema:
    others = {name: _emptied(members[name]) for name in names if name != wanted}
    return {"required": [wanted], "properties": {wanted: _filled(members[wanted], most)} | others}


def _filled(member: JsonSchema, most: int) -> JsonSchema:
    """``member`` with something in it."""
    choices = [choice for choice in member["anyOf"] if choice != _NULL]
    return {"anyOf": [choice | _between(choice, most) if _is_list(choice) else choice for choice in choices]}


def _between(choice: JsonSchema, most: int) -> JsonSchema:
    return {"minItems": 1, "maxItems": min(most, choice["maxItems"])}


def _emptied(member: JsonSchema) -> JsonSchema:
    return {"enum": [None, []]} if any(map(_is_list, member["anyOf"])) else _NULL


def _is_list(choice: JsonSchema) -> bool:
    return choice.get("type") == "array"
