"""The unsubscribed list: email addresses to which an organization sends nothing in bulk."""

from collections.abc import Iterable

from sqlalchemy import Delete, delete, select

from ..clock import now
from ..database import changed, one_of, table_of, upsert
from ..errors import Invalid
from ..extensions import db
from ..models import DeliveryStatus, UnsubscribedAddress, UnsubscribedBy
from . import contact_values

_unsubscribed = table_of(UnsubscribedAddress)


def add(organization_id: int, emails: Iterable[str], by: UnsubscribedBy = UnsubscribedBy.API) -> None:
    """Put ``emails`` on the list, known or not. Who called a message spam stays so."""
    at = now()
    rows = [
        {"organization_id": organization_id, "email": email, "by": by, "created_at": at} for email in sorted(set(emails))
    ]
    if rows:
        insert = upsert(_unsubscribed, db.session.get_bind().dialect.name)
        insert = insert.on_conflict_do_update(
            index_elements=["organization_id", "email"],
            set_={"by": insert.excluded.by},
            where=insert.excluded.by == UnsubscribedBy.COMPLAINT,
        )
        db.session.execute(insert, rows)


def remove(organization_id: int, emails: Iterable[str]) -> None:
    """Take ``emails`` off the list; those that are not on it are passed over."""
    changed(_delete(organization_id, emails))


def resubscribe(organization_id: int, email: str) -> None:
    """Take an address off because its owner wants so; who called a message spam stays on the list."""
    changed(_delete(organization_id, [email]).where(_unsubscribed.c.by != UnsubscribedBy.COMPLAINT))


def among(organization_id: int, emails: Iterable[str]) -> dict[str, UnsubscribedBy]:
    """Which of ``emails`` are on the list, and who put them there."""
    query = select(_unsubscribed.c.email, _unsubscribed.c.by).where(
        _unsubscribed.c.organization_id == organization_id, one_of(_unsubscribed.c.email, emails)
    )
    return {row.email: row.by for row in db.session.execute(query)}


def refusal(by: UnsubscribedBy) -> tuple[DeliveryStatus, str]:
    """What becomes of an email to an address that ``by`` has put on the list, and why."""
    if by is UnsubscribedBy.COMPLAINT:
        return DeliveryStatus.BLACKLISTED, "The recipient has called a message spam."
    return DeliveryStatus.UNSUBSCRIBED, "The address is on the unsubscribed list."


def check(emails: Iterable[str]) -> list[str]:
    """``emails`` as they are stored.

    :raises Invalid: naming those that are no addresses.
    """
    checked, problems = [], {}
    for index, email in enumerate(emails):
        try:
            checked.append(contact_values.check_email(email))
        except ValueError as error:
            problems[f"emails.{index}"] = [str(error)]
    if problems:
        raise Invalid(problems)
    return checked


def _delete(organization_id: int, emails: Iterable[str]) -> Delete:
    return delete(_unsubscribed).where(
        _unsubscribed.c.organization_id == organization_id, one_of(_unsubscribed.c.email, emails)
    )
