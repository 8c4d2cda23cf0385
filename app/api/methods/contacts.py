"""2. Updating contacts."""

from ...database import unit_of_work
from ...services import contacts, recent_requests
from ...services.callers import Caller
from ..groups import UPDATING_CONTACTS
from ..schemas.contact import ContactBody, ContactId


@UPDATING_CONTACTS.post("2.4", "/v1/contact", body=ContactBody, returns=ContactId)
def save_contact(caller: Caller, body: ContactBody) -> ContactId:
    """Add a contact, or update the one that matches, at once."""
    with unit_of_work():
        recent_requests.claim(caller.organization_id, "POST contact", body.model_dump_json().encode())
        return ContactId(id=contacts.save(caller.organization_id, body.draft()))
