"""1.5 Address books."""

from ...database import unit_of_work
from ...services import address_books
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.address_book import AddressBookRow, AddressBooks


@GENERAL.get("1.5", "/v1/addressbooks", returns=AddressBooks)
def list_address_books(caller: Caller) -> AddressBooks:
    """The catalogues of additional fields that contacts can have."""
    books = address_books.find_all(caller.organization_id)
    if not books:
        with unit_of_work():
            address_books.get_catalogue(caller.organization_id)
        books = address_books.find_all(caller.organization_id)
    return AddressBooks(address_book=[AddressBookRow.describe(book) for book in books])
