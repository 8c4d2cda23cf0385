"""What all shapes on the wire have in common: names in camelCase, unset members left out, unknown ones ignored.

And the leniency that Yespo's clients need: numbers where a text is meant, one object where a list is meant.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from .saying import EVENT_KEY, MOST_ITEMS, NumbersToo, OneToo, Says

Item = TypeVar("Item")

_LARGEST_EXACT = 2**53


class Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Sentence(Wire):
    """The answer of methods that only say that it is done."""

    message: str


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and abs(value) > _LARGEST_EXACT:
        raise PydanticCustomError("text_type", "A number this large loses digits: send it as a string")
    return f"{value:.15g}" if isinstance(value, float) else str(value) if isinstance(value, int) else value


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
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
LenientList = Annotated[list[Item], BeforeValidator(_as_list), OneToo()]
