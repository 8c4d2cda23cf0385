"""Orders on the wire."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Any

import orjson
from pydantic import Field, ValidationError

from ...errors import Invalid
from ...models import OrderStatus
from ...services import contact_values, local_times
from ...services.contact_drafts import Problems
from ...services.order_owners import Owner
from ...services.orders import OrderDraft
from .event import Moment
from .saying import Says
from .wire import InnerList, LenientList, Text, Wire

_MOST_ORDERS, _MOST_ITEMS = 1000, 500

Line = Annotated[Text, Field(max_length=255)]
EmailOrNone = Annotated[Line, Says(type="string", anyOf=[{"format": "email"}, {"maxLength": 0}])]
Words = Annotated[Text, Field(max_length=2000)]
Money = Annotated[float, Field(ge=0, le=1e15)]
_OWNER = {"external_customer_id", "email", "phone"}


class OrderItem(Wire):
    external_item_id: Line | None = None
    name: Words | None = None
    category: Words | None = None
    quantity: Money | None = None
    cost: Money | None = None
    url: Words | None = None
    image_url: Words | None = None
    description: Words | None = None


class OrderBody(Wire):
    """An order. It names its contact by one or more of ``externalCustomerId``, ``email`` and ``phone``."""

    external_order_id: Annotated[
        Line, Field(min_length=1, description="The order's id in your own system."), Says(pattern=r"\S")
    ]
    external_customer_id: Line | None = None
    email: EmailOrNone | None = None
    phone: Line | None = None
    status: OrderStatus
    date: Moment = Field(description="`YYYY-MM-DD` or `YYYY-MM-DDTHH:mm`, in the organization's time zone.")
    total_cost: Money
    currency: Annotated[Text, Field(max_length=3), Says(type="string")] | None = None
    shipping: Money | None = None
    discount: Money | None = None
    taxes: Money | None = None
    delivery_method: Line | None = None
    delivery_address: Words | None = None
    payment_method: Line | None = None
    restore_url: Words | None = None
    status_description: Words | None = None
    store_id: Line | None = None
    source: Line | None = None
    items: Annotated[InnerList[OrderItem], Field(max_length=_MOST_ITEMS)] = Field(default_factory=list)

    def draft(self, place: str, zone: tzinfo, problems: Problems, *, needs_owner: bool = True) -> OrderDraft | None:
        """What it says; None when something is wrong with it, which is noted under ``place``."""
        before = len(problems)
        external_id = self.external_customer_id or ""
        owner = Owner(
            problems.check(f"{place}.externalCustomerId", contact_values.check_line, external_id) or None,
            problems.check(f"{place}.email", contact_values.check_email, self.email) if self.email else None,
            problems.check(f"{place}.phone", contact_values.check_phone, self.phone) if self.phone else None,
        )  # fmt: skip
        ordered_at = problems.check(f"{place}.date", _instant, self.date, zone)
        order_id = problems.check(f"{place}.externalOrderId", _order_id, self.external_order_id)
        if needs_owner and len(problems) == before and not owner.is_somebody:
            problems.note(f"{place}.email", "Send at least one of externalCustomerId, email and phone.")
        if len(problems) > before or ordered_at is None or order_id is None:
            return None
        members: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        own = {"externalOrderId", "status", "date", "externalCustomerId", "email", "phone"}
        details = {name: value for name, value in members.items() if name not in own}
        facts = {name: value for name, value in members.items() if name != "items"}
        return OrderDraft(order_id, owner, self.status, ordered_at, details, facts)


def _instant(text: str, zone: tzinfo) -> datetime:
    found = local_times.read(text, zone)
    if found is None:
        raise ValueError("Send a date or a time such as 2025-01-31T13:30.")
    return found


def _order_id(text: str) -> str:
    checked = contact_values.check_line(text)
    if not checked:
        raise ValueError("An order needs an id.")
    return checked


def read_order(members: Mapping[str, Any], zone: tzinfo) -> OrderDraft | None:
    """The order that an event's parameters describe, its items perhaps as JSON in a text; None when they describe none."""
    items = members.get("items")
    try:
        if isinstance(items, str) and items:
            if "\\u0000" in items:
                return None  # not to be stored
            members = dict(members) | {"items": orjson.loads(items)}
        order = OrderBody.model_validate(members)
    except (ValidationError, orjson.JSONDecodeError):
        return None
    return order.draft("params", zone, Problems(), needs_owner=False)


class OrdersBody(Wire):
    orders: Annotated[LenientList[OrderBody], Field(min_length=1, max_length=_MOST_ORDERS)]

    def drafts(self, zone: tzinfo) -> list[OrderDraft]:
        """:raises Invalid: naming everything that is wrong with any of them."""
        problems = Problems()
        found = [order.draft(f"orders.{index}", zone, problems) for index, order in enumerate(self.orders)]
        if problems:
            raise Invalid(problems)
        return [draft for draft in found if draft is not None]
