"""What has expired disappears while other tokens are issued; nobody has to remember a command."""

from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import AccessToken, AuthorizationCode, TokenFamily
from app.services import purge
from tests.support.sites import Site

A_MONTH_AND_MORE = 70 * 86400
EVERY = 10


def _rows(site: Site) -> dict[str, int]:
    with site.rules():
        return {
            model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (AuthorizationCode, AccessToken, TokenFamily)
        }


def _salts(site: Site) -> int:
    with site.rules():
        return db.session.scalar(select(func.count()).where(TokenFamily.rotation_salt.is_not(None))) or 0


@pytest.mark.settings(rate_limit_token="100000/minute")
def test_expired_codes_tokens_and_families_disappear_as_others_are_issued(any_site: Site, clock: SimpleNamespace) -> None:
    any_site.app.extensions["housekeeping"] = purge.Housekeeping(grace=60, every=EVERY)
    app, owner = any_site.partner_app(), any_site.owner()
    for _ in range(3):
        app.connect(owner, prompt="consent")
    clock.advance(seconds=A_MONTH_AND_MORE)
    owner = owner.new_browser()
    tokens = app.connect(owner, prompt="consent")
    for _ in range(EVERY * 2 * 4):
        tokens = app.refresh(tokens)
    assert _rows(any_site) == {"authorization_code": 1, "access_token": 2, "token_family": 1}
    assert app.version(tokens).status == 200


def test_as_many_disappear_as_are_issued(site: Site, clock: SimpleNamespace) -> None:
    """Also when each token comes with a code and a family of its own; in small steps."""
    site.app.extensions["housekeeping"] = purge.Housekeeping(grace=60, every=2)
    app, owner = site.partner_app(), site.owner()
    number = 24
    for _ in range(number):
        app.connect(owner)
    clock.advance(seconds=A_MONTH_AND_MORE)
    tokens = app.connect(owner.new_browser())
    for _ in range(number):
        tokens = app.refresh(tokens)
    assert _rows(site) == {"authorization_code": 1, "access_token": 2, "token_family": 1}


def test_rows_do_not_grow_with_refreshes(any_site: Site) -> None:
    """`python -m bench.storage` does the same with 100,000 refreshes on 100 connections."""
    owner, counts = any_site.owner(), []
    held = [(app, app.connect(owner)) for app in (any_site.partner_app() for _ in range(10))]
    for times in (2, 20):
        for _ in range(times):
            held = [(app, app.refresh(tokens)) for app, tokens in held]
        counts.append(_rows(any_site))
    assert counts == [{"authorization_code": 10, "access_token": 20, "token_family": 10}] * 2
    assert all(app.version(tokens).status == 200 for app, tokens in held)


def test_the_salt_of_a_refresh_is_wiped_when_it_can_not_be_repeated_any_more(any_site: Site, clock: SimpleNamespace) -> None:
    any_site.app.extensions["housekeeping"] = purge.Housekeeping(grace=60, every=EVERY)
    app, owner = any_site.partner_app(), any_site.owner()
    idle = app.refresh(app.connect(owner, prompt="consent"))
    assert idle.status == 200
    assert _salts(any_site) == 1
    clock.advance(seconds=120)
    busy = app.connect(owner, prompt="consent")
    for _ in range(2 * EVERY):
        busy = app.refresh(busy)
    assert _salts(any_site) == 1  # the busy one's, whose window is open
    assert app.refresh(idle).status == 200  # the present token needs no salt
