"""Events on the wire. ``params`` may also be called ``parameters``, as older clients do."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field

from .saying import EVENT_KEY, MOMENT, Says
from .wire import EventTypeKey, InnerList, LenientList, Text, Wire

_KEY_OR_NONE = f"^$|{EVENT_KEY}"

Moment = Annotated[Text, Says(type="string", pattern=MOMENT)]
ParamName = Annotated[Text, Says(minLength=1, maxLength=100, pattern=r"\S")]
EventKey = Annotated[Text, Says(maxLength=300, pattern=EVENT_KEY)]
EventTypeKeyOrNone = Annotated[Text, Says(maxLength=100, pattern=_KEY_OR_NONE)]
EventKeyOrNone = Annotated[Text, Says(maxLength=300, pattern=_KEY_OR_NONE)]


class EventParam(Wire):
    name: ParamName
    value: Any


class TextParam(Wire):
    """Of version 1: values are texts; JSON inside them is escaped."""

    name: ParamName
    value: Text


_PARAMS: Any = Field(default_factory=list, validation_alias=AliasChoices("params", "parameters"))


class TextEventBody(Wire):
    event_type_key: EventTypeKey
    key_value: EventKeyOrNone | None = None
    params: Annotated[InnerList[TextParam], _PARAMS]


class EventBody(Wire):
    event_type_key: EventTypeKey
    key_value: EventKeyOrNone | None = None
    params: Annotated[InnerList[EventParam], _PARAMS]


class PastEvent(Wire):
    event_type_key: EventTypeKey
    key_value: EventKey
    params: Annotated[InnerList[EventParam], _PARAMS]
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
    start: Moment = Field(alias="from", description="`YYYY-MM-DDTHH:mm`; included.")
    end: Moment = Field(alias="to", description="The same; a day without a time counts as a whole.")
