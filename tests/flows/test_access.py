"""How long access lasts, and how it changes, for tokens that are out already."""

import pytest

from app.models import Role
from tests.support.partner_app import PartnerApp, Tokens
from tests.support.sites import Site

CONTACTS = "/api/v1/contacts"


def may_read(app: PartnerApp, tokens: Tokens) -> bool:
    answer = app.call(tokens, "GET", CONTACTS)
    assert answer.status in (200, 403)
    return answer.status == 200


def test_allowing_less_takes_effect_on_older_tokens_at_once(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    old = app.connect(owner)
    assert may_read(app, old)
    narrower = app.connect(owner, prompt="consent", ticked=["write:events"])
    assert narrower.scope == "write:events"
    assert not may_read(app, old)
    refreshed = app.refresh(old)
    assert "read:contacts" not in refreshed.scope.split()
    assert not may_read(app, refreshed)


def test_allowing_more_later_does_not_widen_older_tokens(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    old = app.connect(owner, scope="UseEvents")
    new = app.connect(owner, scope="UseRestApi")
    assert may_read(app, new)
    assert not may_read(app, old)
    assert not may_read(app, app.refresh(old))


def test_asking_for_something_else_takes_nothing_away(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    reading = app.connect(owner, scope="read:contacts")
    app.connect(owner, scope="write:events")
    assert may_read(app, reading)


def test_a_suspended_app_can_do_nothing_until_it_is_resumed(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    tokens, code = app.connect(owner), app.code_from(owner)
    any_site.suspend(app)
    assert app.version(tokens).status == 401
    for refused in (app.refresh(tokens), app.exchange(code)):
        assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", "app_suspended")
    any_site.resume(app)
    assert app.version(tokens).status == 200
    assert app.refresh(tokens).status == 200
    assert app.exchange(code).status == 200


def test_everything_of_a_deleted_app_is_dead(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    tokens, code = app.connect(owner), app.code_from(owner)
    any_site.delete(app)
    assert app.version(tokens).status == 401
    for refused in (app.refresh(tokens), app.exchange(code)):
        assert (refused.status, refused.error, refused.reason) == (401, "invalid_client", "app_deleted")
    assert app.ask({"grant_type": "refresh_token", "refresh_token": "x"}, secret="guess").reason is None
    assert "The app was deleted." in owner.get("/settings/connected-apps").words


def test_several_owners_of_an_organization_approve_each_for_themselves(any_site: Site) -> None:
    app, first = any_site.partner_app(), any_site.owner()
    second = any_site.member(first.organization, role=Role.OWNER)
    tokens = app.connect(first), app.connect(second)
    emails = [app.call(one, "GET", "/api/v1/account/info").json["userEmail"] for one in tokens]
    assert emails == [first.email, second.email]
    assert {app.call(one, "GET", "/api/v1/account/info").json["orgId"] for one in tokens} == {first.organization_id}


@pytest.mark.parametrize("scope", ["UseEvents", "UseMessages", "UseEventsAndContacts", "UseRestApi"])
def test_a_right_opens_its_groups_and_no_other(any_site: Site, scope: str) -> None:
    app = any_site.partner_app(scope=scope)
    tokens = app.connect(any_site.owner())
    assert app.version(tokens).status == 200
    assert may_read(app, tokens) == (scope == "UseRestApi")
    made = app.call(tokens, "POST", "/api/v1/contact", json={"channels": [{"type": "email", "value": "a@example.org"}]})
    assert made.status == (200 if scope in ("UseRestApi", "UseEventsAndContacts") else 403)
