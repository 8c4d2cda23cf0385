"""Orders, which the reference names beside its numbered methods (section 8)."""

from ...database import unit_of_work
from ...services import local_times, orders
from ...services.callers import Caller
from ..groups import UPDATING_CONTACTS
from ..schemas.order import OrdersBody
from ..schemas.wire import Wire

_ERASED = {409: "A contact was erased while its order came in. Send the orders again."}


@UPDATING_CONTACTS.post("2.12", "/v1/orders", body=OrdersBody, returns=Wire, errors=_ERASED)
def save_orders(caller: Caller, body: OrdersBody) -> Wire:
    """Add or update up to 1,000 orders; unknown customers become contacts, and what is new is recorded as events."""
    drafts = body.drafts(local_times.zone_of(caller.organization_id))
    with unit_of_work():
        orders.save(caller.organization_id, drafts)
    return Wire()
