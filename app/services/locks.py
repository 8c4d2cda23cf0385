"""Locks with names, held until the present unit of work ends."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import ARRAY, BigInteger, bindparam, func, select

from ..extensions import db

_NUMBERS = func.unnest(bindparam("numbers", type_=ARRAY(BigInteger))).column_valued("number")
_TAKE = select(func.pg_advisory_xact_lock(_NUMBERS))
_SHARE = select(func.pg_advisory_xact_lock_shared(bindparam("shared", type_=BigInteger)))
_SHARE_AND_TAKE = _SHARE.union_all(_TAKE)


def take(names: Iterable[str], *, shared: str | None = None) -> None:
    """Wait for the locks ``names`` and hold them; whoever needs several takes them in one call.

    :param shared: one more, which others may hold at the same time if they share it too.

    SQLite needs none: a unit of work holds its one write lock from the beginning.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    # In one order for everybody, so that two who need the same ones can't block each other for ever.
    numbers = sorted({_number(name) for name in names})
    if shared is not None:
        db.session.execute(_SHARE_AND_TAKE, {"numbers": numbers, "shared": _number(shared)})
    elif numbers:
        db.session.execute(_TAKE, {"numbers": numbers})


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
