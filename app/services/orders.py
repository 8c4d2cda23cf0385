"""Orders: kept for the contact who placed them, and recorded as events when they are new or have changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..clock import now
from ..database import one_of, table_of, upsert
from ..extensions import db
from ..models import Order, OrderStatus
from . import address_books, contact_counts, contact_identity, events, order_owners
from .events import Params
from .order_owners import Owner

_order = table_of(Order)

CREATED, UPDATED, DELIVERED, CANCELLED = "orderCreated", "orderUpdated", "orderDelivered", "orderCancelled"
_STATUSES = {
    CREATED: OrderStatus.INITIALIZED, UPDATED: OrderStatus.IN_PROGRESS, DELIVERED: OrderStatus.DELIVERED,
    CANCELLED: OrderStatus.CANCELLED,
}  # fmt: skip
_ENDS = {OrderStatus.DELIVERED: DELIVERED, OrderStatus.CANCELLED: CANCELLED}


@dataclass(frozen=True)
class OrderDraft:
    """An order as a system reports it. :param details: what else is kept of it. :param facts: what its event says."""

    external_order_id: str
    owner: Owner
    status: OrderStatus
    ordered_at: datetime
    details: dict[str, Any]
    facts: dict[str, Any]


def save(organization_id: int, drafts: Sequence[OrderDraft]) -> None:
    """Add or update orders by their external ids; of one that comes several times the last counts.

    :raises Conflict: a contact was erased at this moment.
    """
    wanted = list({draft.external_order_id: draft for draft in drafts}.values())
    # Before the other locks, as everybody does who writes contacts.
    book_id = address_books.get_catalogue(organization_id, None).address_book_id
    # A thousand orders mean too many contacts to lock each; and so no two requests save one order at once.
    contact_identity.lock_all(organization_id)
    known = _known(organization_id, wanted)
    contact_ids, made = order_owners.resolve(organization_id, [draft.owner for draft in wanted], book_id=book_id)
    _write(organization_id, wanted, contact_ids)
    happened: dict[str, list[tuple[str, Params]]] = {}
    for draft, contact_id in zip(wanted, contact_ids, strict=True):
        kind = _event(draft, known.get(draft.external_order_id))
        if kind is not None:
            params = [{"name": "ContactId", "value": str(contact_id)}]
            params += [{"name": name, "value": value} for name, value in draft.facts.items()]
            happened.setdefault(kind, []).append((str(contact_id), params))
    for kind in sorted(happened):
        events.record_many(organization_id, type_key=kind, events=happened[kind])
    if made:
        contact_counts.add(organization_id, made)


def follow(
    organization_id: int, type_key: str, facts: Mapping[str, Any], read: Callable[[Mapping[str, Any]], OrderDraft | None]
) -> None:
    """Keep the order that an event tells of, if it is of a type that maintains orders and names one (the reference, 5.1).

    What it does not say stays as it was. Call it early in a unit of work, before the event is recorded.

    :param facts: the event's parameters, as members of an order on the wire. :param read: what these say; None when they
        describe no order, which is no reason to refuse the event.
    """
    external_id = str(facts.get("externalOrderId") or "").strip()
    if type_key not in _STATUSES or not external_id:
        return
    book_id = address_books.get_catalogue(organization_id, None).address_book_id
    contact_identity.lock_all(organization_id)
    query = select(_order).where(
        _order.c.organization_id == organization_id, _order.c.external_order_id == external_id
    )  # fmt: skip
    known = db.session.execute(query).one_or_none()
    before = {"date": now().isoformat(), "totalCost": 0, "status": _STATUSES[type_key]}
    if known is not None:
        before = dict(known.details) | {"date": known.ordered_at.isoformat(), "status": known.status}
    says = {"status": _STATUSES[type_key]} if type_key in _ENDS.values() else {}
    draft = read(before | dict(facts) | says)
    if draft is None or (known is None and not draft.owner.is_somebody):
        return
    contact_ids, made = [known.contact_id] if known else [], 0
    if draft.owner.is_somebody:
        contact_ids, made = order_owners.resolve(organization_id, [draft.owner], book_id=book_id)
    _write(organization_id, [draft], contact_ids)
    if made:
        contact_counts.add(organization_id, made)


def _known(organization_id: int, drafts: Sequence[OrderDraft]) -> dict[str, tuple[OrderStatus, datetime, Any]]:
    query = select(_order.c.external_order_id, _order.c.status, _order.c.ordered_at, _order.c.details).where(
        _order.c.organization_id == organization_id,
        one_of(_order.c.external_order_id, [draft.external_order_id for draft in drafts]),
    )
    return {id: (status, ordered_at, details) for id, status, ordered_at, details in db.session.execute(query)}


def _event(draft: OrderDraft, before: tuple[OrderStatus, datetime, Any] | None) -> str | None:
    """What happened to the order; None when it is as it was."""
    if before == (draft.status, draft.ordered_at, draft.details):
        return None
    if before is None or before[0] is not draft.status:
        ending = _ENDS.get(draft.status)
        if ending is not None:
            return ending
    return CREATED if before is None else UPDATED


def _write(organization_id: int, drafts: Sequence[OrderDraft], contact_ids: Sequence[int]) -> None:
    at = now()
    rows = [
        {"organization_id": organization_id, "external_order_id": draft.external_order_id, "contact_id": contact_id,
         "status": draft.status, "ordered_at": draft.ordered_at, "details": draft.details, "created_at": at}
        for draft, contact_id in zip(drafts, contact_ids, strict=True)
    ]  # fmt: skip
    insert = upsert(_order, db.session.get_bind().dialect.name)
    changing = ("contact_id", "status", "ordered_at", "details")
    insert = insert.on_conflict_do_update(
        index_elements=["organization_id", "external_order_id"],
        set_={name: insert.excluded[name] for name in changing},
    )
    db.session.execute(insert, rows)
