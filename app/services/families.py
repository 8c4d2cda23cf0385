"""Token families: the tokens that descend from one code, and their end."""

import secrets

from sqlalchemy import update

from ..clock import now
from ..database import changed, table_of
from ..models import EndReason, TokenFamily

_family = table_of(TokenFamily)


def new_id() -> int:
    """A number for a new family: random, so that the code can name it before it exists."""
    return secrets.randbits(62)


def end(family_id: int, *, because: EndReason) -> bool:
    """End the family; its tokens stop working at the next call.

    :returns: whether it was alive.
    """
    alive = (_family.c.id == family_id) & _family.c.ended_at.is_(None)
    return bool(changed(update(_family).where(alive).values(ended_at=now(), end_reason=because, rotation_salt=None)))
