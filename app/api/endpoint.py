"""What a method of the API declares of itself; the guard, the URL map, the documents and the tests read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ..models import LimitClass

if TYPE_CHECKING:
    from .groups import MethodGroup


@dataclass(frozen=True)
class Endpoint:
    """One method.

    :param number: its number in the reference. :param handler: ``handler(caller, **path, query=..., body=...)``.
    :param returns: the shape of the answer. :param aliases: further paths of the same method.
    :param errors: statuses that not every method of this form has, or that mean something special here, with a sentence.
    """

    number: str
    verb: str
    path: str
    group: "MethodGroup"
    handler: Callable[..., Any]
    returns: Any
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    limit: LimitClass = LimitClass.GENERAL
    deprecated: bool = False
    aliases: tuple[str, ...] = ()
    errors: Mapping[int, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The handler's docstring: the method's line in the reference."""
        return (self.handler.__doc__ or "").strip().split("\n")[0]

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def scope(self) -> str | None:
        """The single scope that a caller needs; None for the general group."""
        return self.group.scope.name or None


ENDPOINTS: list[Endpoint] = []
