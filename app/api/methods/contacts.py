"""2. Updating contacts."""

from ...database import unit_of_work
from ...services import contacts, recent_requests
from ...services.callers import Caller
from ..groups import UPDATING_CONTACTS
from ..schemas.contact import ContactBody, ContactId, ContactMembers, ErasingQuery, ExternalIdQuery
from ..schemas.wire import Sentence
from .errors import REPEATED

_TAKEN = {400: "The body is malformed, or another contact has this `externalCustomerId`."}


@UPDATING_CONTACTS.post("2.4", "/v1/contact", body=ContactBody, returns=ContactId, errors=REPEATED)
def save_contact(caller: Caller, body: ContactBody) -> ContactId:
    """Add a contact, or update the one that matches, at once."""
    with unit_of_work():
        recent_requests.claim(caller.organization_id, "POST contact", body.model_dump_json().encode())
        return ContactId(id=contacts.save(caller.organization_id, body.draft()))


@UPDATING_CONTACTS.put("2.5", "/v1/contact/<int:id>", body=ContactMembers, returns=Sentence, errors=REPEATED | _TAKEN)
def update_contact(caller: Caller, id: int, body: ContactMembers) -> Sentence:
    """Update a known contact; a deleted one is restored."""
    with unit_of_work():
        recent_requests.claim(caller.organization_id, f"PUT contact {id}", body.model_dump_json().encode())
        contacts.update(caller.organization_id, id, body.draft())
    return Sentence(message=f"Contact with id='{id}' has been updated")


@UPDATING_CONTACTS.delete("2.6", "/v1/contact/<int:id>", query=ErasingQuery, returns=Sentence)
def delete_contact(caller: Caller, id: int, query: ErasingQuery) -> Sentence:
    """Delete a contact, so that it can be restored, or erase it for good."""
    with unit_of_work():
        _remove(caller, id, query)
    return Sentence(message=f"Contact with id='{id}' has been deleted")


@UPDATING_CONTACTS.delete("2.6", "/v1/contact", query=ExternalIdQuery, returns=Sentence)
def delete_contact_by_external_id(caller: Caller, query: ExternalIdQuery) -> Sentence:
    """Delete or erase the contact that has an id of your own system."""
    with unit_of_work():
        _remove(caller, contacts.get_id(caller.organization_id, query.external_customer_id), query)
    return Sentence(message=f"Contact with externalCustomerId='{query.external_customer_id}' has been deleted")


def _remove(caller: Caller, id: int, query: ErasingQuery) -> None:
    (contacts.erase if query.erase else contacts.delete)(caller.organization_id, id)
