"""The account that a caller works on."""

from dataclasses import dataclass

from sqlalchemy import select

from ..extensions import db
from ..models import Organization, User
from .callers import Caller


@dataclass(frozen=True)
class Account:
    user_email: str
    organization: str


def describe(caller: Caller) -> Account:
    """Who is behind ``caller``. A key acts as a user of its own, as Yespo's keys do."""
    query = select(Organization.name, User.email).outerjoin(User, User.id == caller.user_id)
    name, email = db.session.execute(query.where(Organization.id == caller.organization_id)).one()
    return Account(user_email=f"api-user{caller.api_key_id}" if caller.api_key_id else email, organization=name)
