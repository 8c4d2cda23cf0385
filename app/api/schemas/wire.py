"""What all shapes on the wire have in common: names in camelCase, unset members left out, unknown ones ignored.

And the leniency that Yespo's clients need: numbers where a text is meant, one object where a list is meant.
"""

import re
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from .saying import EVENT_KEY, MOST_ITEMS, FlagWords, NumbersToo, OneToo, Says, TextsToo

Item = TypeVar("Item")

_LARGEST_EXACT = 2**53
_DIGITS = re.compile("-?[0-9]{1,19}")
_FLAGS: dict[Any, bool] = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}


class Wire(BaseModel):
    # A shape is made ready by the first call that has it, in a few milliseconds. All at once took a tenth of each start.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", defer_build=True)


class Sentence(Wire):
    """The answer of methods that only say that it is done."""

    message: str


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and abs(value) > _LARGEST_EXACT:
        raise PydanticCustomError("text_type", "A number this large loses digits: send it as a string")
    return f"{value:.15g}" if isinstance(value, float) else str(value) if isinstance(value, int) else value


def as_integer(value: Any) -> Any:
    """Not what Python takes for one beyond JSON's integers and their digits in a text: `true`, " 1_000 "."""
    if isinstance(value, bool) or (isinstance(value, str) and not _DIGITS.fullmatch(value)):
        raise PydanticCustomError("int_type", "Input should be an integer")
    return value


def _as_flag(value: Any) -> Any:
    known = _FLAGS.get(value.lower() if isinstance(value, str) else value) if isinstance(value, str | int) else None
    if known is None:
        raise PydanticCustomError("bool_type", "Input should be true or false")
    return known


def _as_list(value: Any) -> Any:
    """A list of what is no list. Too long a list is refused before its items are read, each with its own error."""
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    if len(items) > MOST_ITEMS:
        raise PydanticCustomError("too_long", "At most {most} items", {"most": MOST_ITEMS})
    return items


Text = Annotated[str, BeforeValidator(_as_text), NumbersToo()]
Name = Annotated[Text, Says(minLength=1, maxLength=255, pattern=r"\S")]
Email = Annotated[Text, Says(type="string", format="email", maxLength=254)]
EventTypeKey = Annotated[Text, Says(pattern=EVENT_KEY, minLength=1, maxLength=100)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), BeforeValidator(as_integer), TextsToo("^-?[0-9]{1,9}$")]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), BeforeValidator(as_integer), TextsToo("^-?[0-9]{1,18}$")]
Flag = Annotated[bool, BeforeValidator(_as_flag), FlagWords()]
LenientList = Annotated[list[Item], BeforeValidator(_as_list), OneToo()]
# In what lists have in them: of its wrong items the first is named, or a few megabytes would make millions of errors.
InnerList = Annotated[list[Item], FailFast(), BeforeValidator(_as_list), OneToo()]
# Each may have to be made, in one transaction for which others wait.
Names = Annotated[LenientList[Name], Field(max_length=100)]
