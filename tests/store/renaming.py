"""Organizations to look up and to rename: what tests of statements of every call work on."""

from collections.abc import Sequence
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, bindparam, insert, update

from app.clock import now
from app.database import table_of
from app.extensions import db
from app.models import ApiKey, Organization
from app.prepared import Entry, Spending

_organization, _key = table_of(Organization), table_of(ApiKey)


def renaming(*, owner: str, returning: Sequence[ColumnElement[Any]]) -> Spending:
    """A name is spent, and a key is what follows from it.

    :param owner: what the organization of the key is called among the values, or in ``returning``.
    """
    return Spending(
        update(_organization).where(_organization.c.name == bindparam("old")).values(name=bindparam("new")),
        Entry(
            _key,
            {"organization_id": owner, "label": "new", "prefix": "new", "fingerprint": "digest", "scope": "new",
             "created_at": "at"},
        ),
        together=_organization.c.name == bindparam("old"),
        returning=returning,
    )  # fmt: skip


def add_organizations(app: Flask, names: Sequence[str]) -> None:
    """Make an organization of each name, whose number is its place in the list."""
    rows = [{"id": number, "name": name, "created_at": now()} for number, name in enumerate(names, 1)]
    with app.app_context():
        db.session.execute(insert(_organization), rows)
        db.session.commit()
        db.session.remove()
