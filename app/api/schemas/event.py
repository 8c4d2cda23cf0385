"""Events on the wire. ``params`` may also be called ``parameters``, as older clients do."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field, model_validator

from .wire import LenientList, Text, Wire


class EventParam(Wire):
    name: Text
    value: Any = None

    @model_validator(mode="after")
    def _has_a_value(self) -> "EventParam":
        if "value" not in self.model_fields_set:
            raise ValueError("a parameter needs a value")
        return self


class TextParam(Wire):
    """Of version 1: values are texts; JSON inside them is escaped."""

    name: Text
    value: Text


_PARAMS: Any = Field(default_factory=list, validation_alias=AliasChoices("params", "parameters"))


class TextEventBody(Wire):
    event_type_key: Text
    key_value: Text | None = None
    params: Annotated[LenientList[TextParam], _PARAMS]


class EventBody(Wire):
    event_type_key: Text
    key_value: Text | None = None
    params: Annotated[LenientList[EventParam], _PARAMS]


class PastEvent(Wire):
    event_type_key: Text
    key_value: Text
    params: Annotated[LenientList[EventParam], _PARAMS]
    occurred: Text | None = Field(None, description="`YYYY-MM-DD` or `YYYY-MM-DDTHH:mm`.")


class PastEventsBody(Wire):
    events: Annotated[LenientList[PastEvent], Field(min_length=1, max_length=500)]


class PastEventResult(Wire):
    status: str


class PastEventsResult(Wire):
    results: list[PastEventResult]
    success_count: int
    error_count: int


class PeriodBody(Wire):
    start: Text = Field(alias="from", description="`YYYY-MM-DDTHH:mm`; included.")
    end: Text = Field(alias="to", description="`YYYY-MM-DDTHH:mm`; included.")
