"""``flask purge``: what is over goes, and nothing else changes."""

from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.database import unit_of_work
from app.extensions import db
from app.models import AccessToken, AuthorizationCode, LoginSession, TokenFamily
from app.services import purge
from tests.support.sites import Site

from ..api.importing import ImportingShop, person
from .conftest import command_line

DAY = 86400
NOTHING = {
    "authorization_codes": 0, "access_tokens": 0, "token_families": 0, "login_sessions": 0, "tickets": 0,
    "invitations": 0, "account_letters": 0, "recent_requests": 0,
    "client_events": 0, "imports": 0, "ended_connections": 0, "rotation_salts": 0, "usage_days": 0,
}  # fmt: skip


def _rows(site: Site) -> list[int]:
    with site.rules():
        kinds = (AuthorizationCode, AccessToken, TokenFamily, LoginSession)
        return [db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds]


def _purge(site: Site) -> dict[str, int]:
    counts: dict[str, int] = command_line(site)("purge").result
    return {name: count for name, count in counts.items() if count}


def _steps(site: Site, name: str, *, times: int) -> list[int]:
    """How many rows a chore deletes in each of so many steps of two."""
    chore = next(chore for chore in purge.CHORES if chore.name == name)
    done = []
    with site.app.app_context():
        for _ in range(times):
            with unit_of_work():
                done.append(chore.delete_some(2))
    return done


def test_nothing_that_can_still_be_used_or_asked_about_is_deleted(any_site: Site) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    tokens = app.connect(owner)
    before = _rows(any_site)
    assert command_line(any_site)("purge").result == NOTHING
    assert _rows(any_site) == before
    assert app.version(tokens).status == 200
    assert app.refresh(tokens).status == 200


def test_each_thing_goes_when_its_time_has_come(any_site: Site, clock: SimpleNamespace) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    for _ in range(3):
        app.connect(owner, prompt="consent")
    clock.advance(seconds=DAY - 60)
    assert _purge(any_site) == {}
    clock.advance(seconds=DAY + 120)
    assert _purge(any_site) == {"authorization_codes": 3, "access_tokens": 3}
    clock.advance(seconds=20 * DAY)
    assert _purge(any_site) == {"login_sessions": 1}
    clock.advance(seconds=39 * DAY)
    assert _purge(any_site) == {"token_families": 3}
    assert _rows(any_site) == [0, 0, 0, 0]


def test_who_comes_back_late_is_still_told_why_access_ended(any_site: Site, clock: SimpleNamespace) -> None:
    app, owner = any_site.partner_app(name="Stripo"), any_site.owner()
    tokens = app.connect(owner)
    owner.disconnect("Stripo")
    clock.advance(seconds=45 * DAY)
    _purge(any_site)
    assert app.refresh(tokens).reason == "owner_disconnected"


def test_an_old_refresh_token_is_still_recognized(any_site: Site, clock: SimpleNamespace) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    first = app.connect(owner)
    second = app.refresh(first)
    clock.advance(seconds=10 * DAY)
    _purge(any_site)
    assert app.refresh(first).reason == "reuse_detected"
    assert app.refresh(second).reason == "reuse_detected"


def test_a_salt_is_wiped_when_its_grace_window_has_closed(any_site: Site, clock: SimpleNamespace) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    first = app.connect(owner)
    second = app.refresh(first)
    assert _purge(any_site) == {}
    assert app.refresh(first).pair == second.pair
    clock.advance(seconds=62)
    assert _purge(any_site) == {"rotation_salts": 1}
    assert _purge(any_site) == {}
    assert app.refresh(second).status == 200


@pytest.mark.settings(access_token_ttl=90 * DAY)
def test_a_family_stays_while_it_has_an_access_token_that_works(any_site: Site, clock: SimpleNamespace) -> None:
    app = any_site.partner_app()
    tokens = app.connect(any_site.owner())
    clock.advance(seconds=75 * DAY)
    assert "token_families" not in _purge(any_site)
    assert app.version(tokens).status == 200


def test_sign_ins_that_were_ended_go_at_once(any_site: Site) -> None:
    owner = any_site.owner()
    owner.sign_in()
    owner.sign_out()
    assert _purge(any_site) == {"login_sessions": 1}


def test_imports_are_forgotten_a_month_after_their_end(any_site: Site, clock: SimpleNamespace) -> None:
    shop = ImportingShop(any_site)
    people = [person(("email", f"ann{number}@example.org")) for number in range(3)]
    old = shop.accept(*people)
    shop.work()
    clock.advance(seconds=29 * DAY)
    young = shop.accept(*people)
    shop.work()
    assert _steps(any_site, "imports", times=1) == [0]
    clock.advance(seconds=2 * DAY)
    assert _steps(any_site, "imports", times=3) == [2, 2, 0], "three rows and the import itself"
    assert len(shop.status(young)["mapping"]) == 3
    assert shop.get(f"/v1/importstatus/{old}").status == 404
    clock.advance(seconds=29 * DAY)
    assert _purge(any_site)["imports"] == 4
    assert shop.counted() == (3, 3), "the contacts stay"


def test_much_goes_in_many_steps(any_site: Site, clock: SimpleNamespace) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    for _ in range(5):
        app.code_from(owner, prompt="consent")
    clock.advance(seconds=2 * DAY)
    assert _steps(any_site, "authorization_codes", times=4) == [2, 2, 1, 0]
