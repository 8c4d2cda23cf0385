"""What a search for contacts may ask for."""

from typing import Literal

from pydantic import Field

from ...errors import BadRequest
from ...services.contact_search import Conditions
from .paging import Paging


class ContactQuery(Paging):
    external_customer_id: str | None = Field(None, description="The whole id. Can't be combined with other conditions.")
    email: str | None = Field(None, description="The beginning of an email address.")
    sms: str | None = Field(None, description="The beginning of a phone number, in international digits.")
    firstname: str | None = Field(None, description="The beginning of the first name, in any case.")
    lastname: str | None = Field(None, description="The beginning of the last name, in any case.")
    sort_by: Literal["contactId"] | None = Field(
        None, description="Only without conditions; else, and by default, the ones updated last come first."
    )

    def conditions(self) -> Conditions:
        """:raises BadRequest: these can't be combined."""
        others = (self.email, self.sms, self.firstname, self.lastname)
        if self.external_customer_id and any(others):
            raise BadRequest("externalCustomerId can't be combined with other conditions.")
        if self.sort_by and (self.external_customer_id or any(others)):
            raise BadRequest("sortBy can't be combined with conditions.")
        return Conditions(self.external_customer_id, self.email, self.sms, self.firstname, self.lastname)
