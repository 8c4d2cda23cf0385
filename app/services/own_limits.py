"""Limits that an app or an organization has in the place of the server's own: set by the operator, in force within seconds.

Each process knows them all and reads them anew every second, so that no call asks the database for its limit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from ..database import changed, reading, table_of, upsert
from ..errors import Invalid
from ..extensions import db
from ..models import Client, LimitClass, Organization, RateLimit
from ..rates import Rate, parse
from ..settings import Settings
from ..words import N_, sentence
from . import audit
from .audit import AuditKind
from .callers import Caller

Holder = Client | Organization
Usual = Mapping[LimitClass, Rate]
# A limit's class, and the app's number, or its public identifier, or the organization's number.
Known = Mapping[tuple[str, int | None, str, int | None], Rate]

_limit, _client = table_of(RateLimit), table_of(Client)


class OwnLimits:
    """What a process knows of them. ``on_first`` is called when something is asked before anything is known."""

    def __init__(self) -> None:
        self._known: Known | None = None
        self.on_first: Callable[[], None] = lambda: None

    def know(self, limits: Known) -> None:
        """Go by ``limits`` from now on."""
        self._known = limits

    def of_call(self, limit: LimitClass, caller: Caller) -> Rate | None:
        """The limit of the caller's app, or else of its organization; None when neither has one of its own."""
        if (known := self._present()) is None:
            return None
        by_app = known.get((limit, caller.client_id, "", None)) if caller.client_id is not None else None
        return by_app or known.get((limit, None, "", caller.organization_id))

    def of_token_requests(self, client_id: str) -> Rate | None:
        """The limit of token requests by the app with this public identifier; None when it has none of its own."""
        known = self._present()
        return known.get((LimitClass.TOKEN, None, client_id, None)) if known else None

    def _present(self) -> Known | None:
        if self._known is None:
            self.on_first()
        return self._known or None


def read() -> Known:
    """All of them."""
    query = select(
        _limit.c.limit_class, _limit.c.client_id, _limit.c.organization_id, _limit.c.rate, _client.c.client_id
    ).join_from(_limit, _client, isouter=True)  # fmt: skip
    known: dict[tuple[str, int | None, str, int | None], Rate] = {}
    with reading() as connection:
        for limit, client, organization_id, rate, client_id in connection.execute(query):
            known[limit, client, "", organization_id] = parse(rate)
            if client_id is not None:
                known[limit, None, client_id, None] = parse(rate)
    return known


@dataclass(frozen=True)
class InForce:
    """One limit. :param is_own: whether it stands in the place of the server's."""

    limit: LimitClass
    rate: Rate
    is_own: bool


def usual(settings: Settings) -> Usual:
    """The server's own limits."""
    return {limit: getattr(settings, f"rate_limit_{limit.value}") for limit in LimitClass}


def in_force(usual: Usual, *holders: Holder) -> list[InForce]:
    """The limits of whoever calls for ``holders``, of whom the first that has one of its own decides."""
    own: dict[LimitClass, str] = {}
    for holder in holders:
        own = {one.limit_class: one.rate for one in list_of(holder)} | own
    return [
        InForce(limit, parse(own[limit]) if limit in own else rate, limit in own) for limit, rate in usual.items()
    ]  # fmt: skip


def list_of(holder: Holder | None = None) -> Sequence[RateLimit]:
    """The own limits of ``holder``, or of all."""
    query = select(RateLimit).order_by(RateLimit.id)
    if holder is not None:
        query = query.filter_by(**_named(holder))
    return db.session.scalars(query).all()


def set_(holder: Holder, limit: LimitClass, rate: str) -> Rate:
    """Let ``rate`` hold for ``holder`` in the place of the server's limit.

    :param rate: such as ``1200/minute``.
    :raises Invalid: it is no rate, or the limit is none that an organization can have.
    """
    if limit is LimitClass.TOKEN and isinstance(holder, Organization):
        raise Invalid({"class": [N_("Token requests are counted for each app: an organization has no limit of them.")]})
    read = _checked(rate)
    statement = upsert(_limit, db.session.get_bind().dialect.name).values(
        **_named(holder), limit_class=limit, rate=str(read)
    )
    key = [*_named(holder), "limit_class"]
    db.session.execute(
        statement.on_conflict_do_update(index_elements=key, set_={"rate": statement.excluded.rate})
    )  # fmt: skip
    _record(holder, limit, str(read))
    return read


def clear(holder: Holder, limit: LimitClass | None = None) -> int:
    """Let the server's limits hold for ``holder`` again, or the one of ``limit``; how many had been set."""
    conditions = {**_named(holder), **({"limit_class": limit} if limit else {})}
    cleared = changed(delete(RateLimit).filter_by(**conditions))
    if cleared:
        _record(holder, limit, "")
    return cleared


def _checked(text: str) -> Rate:
    try:
        rate = parse(text)
        if 0 < rate.amount < 10**9 and rate.seconds <= 366 * 86400:
            return rate
    except ValueError:
        pass
    raise Invalid({"rate": [sentence("'%(text)s' is no limit. Write it as '600/minute' or '10/15minute'.", text=text)]})


def _named(holder: Holder) -> dict[str, int]:
    return {"client_id" if isinstance(holder, Client) else "organization_id": holder.id}


def _record(holder: Holder, limit: LimitClass | None, rate: str) -> None:
    place = holder.organization_id if isinstance(holder, Client) else holder.id
    audit.record(
        AuditKind.LIMIT_CHANGED, organization_id=place, subject=holder.name,
        what=limit.value if limit else "all", limit=rate or "usual",
    )  # fmt: skip
