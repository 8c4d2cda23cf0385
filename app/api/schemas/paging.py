"""Paging by ``startindex`` and ``maxrows``. What is out of range is moved into it; what is no number is refused."""

from typing import Annotated

from pydantic import AfterValidator, Field

from .wire import Wire

MOST_ROWS = 500
_LAST_INDEX = 2**31 - 1


class Paging(Wire):
    startindex: Annotated[int, AfterValidator(lambda value: min(max(value, 1), _LAST_INDEX))] = Field(
        1, description="Number of the first row, from 1."
    )
    maxrows: Annotated[int, AfterValidator(lambda value: min(max(value, 1), MOST_ROWS))] = Field(
        MOST_ROWS, description="How many rows, at most 500."
    )

    @property
    def offset(self) -> int:
        return self.startindex - 1
