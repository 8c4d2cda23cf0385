"""3. Reading contacts."""

from ...services import contact_reading, contact_search
from ...services.callers import Caller
from ..groups import READING_CONTACTS
from ..schemas.contact import ContactEmail, ContactEmails, ContactIdsQuery, ContactRow, FullContact
from ..schemas.contact_search import ContactQuery


@READING_CONTACTS.get("3.1", "/v1/contacts", query=ContactQuery, returns=list[ContactRow])
def find_contacts(caller: Caller, query: ContactQuery) -> tuple[list[ContactRow], dict[str, str]]:
    """Find contacts, by what is known of them or all."""
    page = contact_search.search(
        caller.organization_id,
        query.conditions(),
        offset=query.offset,
        limit=query.maxrows,
        by_id=query.sort_by is not None,
    )
    return [ContactRow.describe(contact) for contact in page.contacts], {"TotalCount": str(page.total)}


@READING_CONTACTS.get("3.2", "/v1/contact/<int:id>", returns=FullContact)
def get_contact(caller: Caller, id: int) -> FullContact:
    """One contact in full, with its segments."""
    return FullContact.describe(contact_reading.get(caller.organization_id, id))


@READING_CONTACTS.get("3.3", "/v1/contacts/email", query=ContactIdsQuery, returns=ContactEmails)
def get_contact_emails(caller: Caller, query: ContactIdsQuery) -> ContactEmails:
    """The first email address of each of up to 500 contacts; contacts without one are left out."""
    found = contact_reading.emails(caller.organization_id, query.wanted())
    return ContactEmails(results=[ContactEmail(contact_id=id, email=email) for id, email in found])
