"""Segments (groups, in addresses) on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field

from ...errors import BadRequest, Invalid
from .paging import Paging
from .saying import at_most_one_of_these, one_of_these
from .wire import Int64, LenientList, Text, Wire

_MOST_IDS = 500
_KINDS = ("contactIds", "externalCustomerIds")


class SegmentRow(Wire):
    id: Int64
    name: str
    type: str


class SegmentQuery(Paging):
    name: str = Field("", description="A part of the name, in any case.")


class SegmentContactsQuery(Paging):
    order_by_ts: bool = Field(False, description="Order by the time of joining the segment.")
    asc: bool = Field(True, description="Whether the order is ascending.")


class MembersBody(Wire):
    model_config = ConfigDict(json_schema_extra=at_most_one_of_these(*_KINDS))

    contact_ids: Annotated[LenientList[Int64], Field(max_length=_MOST_IDS)] = Field(default_factory=list)
    external_customer_ids: Annotated[LenientList[Text], Field(max_length=_MOST_IDS)] = Field(
        default_factory=list, description="Ids of your own system; send one kind of id per request."
    )

    @property
    def names_nobody(self) -> bool:
        return not self.contact_ids and not self.external_customer_ids

    def check_kind(self) -> None:
        """:raises BadRequest: there are ids of both kinds."""
        if self.contact_ids and self.external_customer_ids:
            raise BadRequest("Send either contactIds or externalCustomerIds, not both.")


class SomeMembersBody(MembersBody):
    model_config = ConfigDict(json_schema_extra=one_of_these(*_KINDS))

    def check_somebody(self) -> None:
        """:raises Invalid: there are no ids."""
        if self.names_nobody:
            raise Invalid({"contactIds": ["At least one contact is needed."]})
