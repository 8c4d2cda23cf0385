"""Tokens that behave: refresh, reuse, lifetimes, and the end of access with its reason."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Role, User
from app.services import clients, codes, organizations
from app.services.codes import FoundCode
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

YEAR = 365 * 86400


def set_lifetimes(site: Site, app: PartnerApp, *, access: int | None = None, refresh: int | None = None) -> None:
    with site.rules():
        client = clients.get(app.client_id)
        client.access_token_ttl, client.refresh_token_ttl = access, refresh


def change_role(site: Site, email: str, role: Role | None) -> None:
    """Give a person another role in their only organization; None removes them from it."""
    with site.rules():
        membership = db.session.scalars(select(User).where(User.email == email)).one().memberships[0]
        if role is None:
            organizations.remove_member(membership)
        else:
            organizations.change_role(membership, role)


def test_what_is_left_of_the_lifetimes_is_told_again_not_the_whole(site: Site, clock: Any) -> None:
    app = site.partner_app()
    first = app.connect(site.owner())
    app.refresh(first)
    clock.advance(seconds=40)
    again = app.refresh(first).answer.json
    assert 172800 - 41 <= again["expires_in"] <= 172800 - 39
    assert 2592000 - 41 <= again["refresh_token_expires_in"] <= 2592000 - 39


# Two access tokens of a family


def test_the_predecessors_access_token_lives_on_and_the_one_before_is_gone(any_site: Site) -> None:
    app = any_site.partner_app()
    first = app.connect(any_site.owner())
    second = app.refresh(first)
    assert [app.version(tokens).status for tokens in (first, second)] == [200, 200]
    third = app.refresh(second)
    assert [app.version(tokens).status for tokens in (first, second, third)] == [401, 200, 200]


def test_the_predecessors_access_token_ends_at_its_own_time(site: Site, clock: Any) -> None:
    app = site.partner_app()
    first = app.connect(site.owner())
    clock.advance(seconds=172700)
    second = app.refresh(first)
    clock.advance(seconds=101)
    assert (app.version(first).status, app.version(second).status) == (401, 200)


# Lifetimes


@pytest.mark.settings(refresh_token_ttl=20 * 86400, family_max_age=50 * 86400)
def test_a_family_ends_for_good_however_often_it_is_refreshed(site: Site, clock: Any) -> None:
    app = site.partner_app()
    tokens = app.connect(site.owner())
    left = []
    for _ in range(4):
        clock.advance(seconds=12 * 86400)
        tokens = app.refresh(tokens)
        left.append(round(tokens.answer.json["refresh_token_expires_in"] / 86400))
    assert left == [20, 20, 14, 2]
    assert tokens.answer.json["expires_in"] == 172800 or tokens.answer.json["expires_in"] <= 2 * 86400
    clock.advance(seconds=2 * 86400 + 1)
    assert app.version(tokens).status == 401
    assert app.refresh(tokens).reason == "expired"


def test_an_app_can_have_lifetimes_of_its_own(site: Site, clock: Any) -> None:
    app, usual, owner = site.partner_app(), site.partner_app(), site.owner()
    set_lifetimes(site, app, access=600, refresh=7200)
    first, other = app.connect(owner), usual.connect(owner)
    assert (first.answer.json["expires_in"], first.answer.json["refresh_token_expires_in"]) == (600, 7200)
    assert other.answer.json["expires_in"] == 172800
    clock.advance(seconds=601)
    assert (app.version(first).status, usual.version(other).status) == (401, 200)
    second = app.refresh(first)
    assert (second.answer.json["expires_in"], second.answer.json["refresh_token_expires_in"]) == (600, 7200)
    clock.advance(seconds=7201)
    assert app.refresh(second).reason == "expired"
    assert usual.refresh(other).status == 200


@pytest.mark.settings(family_max_age=3600)
def test_an_apps_own_lifetimes_stay_within_the_familys(site: Site) -> None:
    app = site.partner_app()
    set_lifetimes(site, app, access=86400, refresh=YEAR)
    answer = app.connect(site.owner()).answer.json
    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (3600, 3600)


def test_introspection_tells_the_same_end_as_the_token_answer(site: Site) -> None:
    app = site.partner_app()
    set_lifetimes(site, app, access=600, refresh=7200)
    tokens = app.connect(site.owner())
    for token, lifetime in ((tokens.access_token, 600), (tokens.refresh_token, 7200)):
        facts = site.post("/uaa/oauth/introspect", data={"token": token}, auth=(app.client_id, app.secret or "")).json
        assert facts["exp"] - facts["iat"] == lifetime


# Membership and state are part of every check


def test_disconnecting_ends_access_at_the_next_call(site: Site) -> None:
    app, owner = site.partner_app(name="Stripo"), site.owner()
    tokens = app.connect(owner)
    owner.disconnect("Stripo")
    assert app.version(tokens).status == 401
    assert app.refresh(tokens).reason == "owner_disconnected"


def test_disconnecting_one_app_leaves_the_others_alone(site: Site) -> None:
    one, other, owner = site.partner_app(name="One"), site.partner_app(name="Other"), site.owner()
    first, second = one.connect(owner), other.connect(owner)
    owner.disconnect("One")
    assert (one.version(first).status, other.version(second).status) == (401, 200)


def test_connecting_again_after_a_disconnect_starts_afresh(site: Site) -> None:
    app, owner = site.partner_app(name="Stripo"), site.owner()
    before = app.connect(owner)
    owner.disconnect("Stripo")
    after = app.connect(owner)
    assert (app.version(before).status, app.version(after).status) == (401, 200)
    assert app.refresh(before).reason == "owner_disconnected"
    assert app.version(after).status == 200


def test_a_suspended_apps_tokens_stop_and_come_back_the_same(any_site: Site) -> None:
    app = any_site.partner_app()
    tokens = app.connect(any_site.owner())
    any_site.suspend(app)
    assert app.version(tokens).status == 401
    refused = app.refresh(tokens)
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", "app_suspended")
    any_site.resume(app)
    assert app.version(tokens).status == 200
    assert app.refresh(tokens).status == 200


def test_nobody_can_be_sent_to_a_suspended_app(site: Site) -> None:
    app, owner = site.partner_app(), site.owner()
    site.suspend(app)
    answer = owner.open_consent(app.authorize_link())
    assert answer.parameters["error"] == "unauthorized_client"
    assert answer.parameters["state"] == "xyz"


def test_a_code_can_not_be_exchanged_while_the_app_is_suspended_and_can_afterwards(site: Site) -> None:
    app = site.partner_app()
    code = app.code_from(site.owner())
    site.suspend(app)
    assert app.exchange(code).reason == "app_suspended"
    site.resume(app)
    assert app.exchange(code).status == 200


def test_a_deleted_apps_tokens_stop_and_it_learns_why(any_site: Site) -> None:
    app, owner = any_site.partner_app(), any_site.owner()
    tokens = app.connect(owner)
    any_site.delete(app)
    assert app.version(tokens).status == 401
    refused = app.refresh(tokens)
    assert (refused.status, refused.error, refused.reason) == (401, "invalid_client", "app_deleted")
    assert owner.open_consent(app.authorize_link()).status == 400


@pytest.mark.parametrize("role", [None, Role.MEMBER])
def test_a_person_who_left_or_was_demoted_takes_the_access_along(any_site: Site, role: Role | None) -> None:
    app, boss = any_site.partner_app(), any_site.owner()
    admin = any_site.member(boss.organization, role=Role.ADMIN)
    tokens, others = app.connect(admin), app.connect(boss)
    change_role(any_site, admin.email, role)
    assert app.version(tokens).status == 401
    refused = app.refresh(tokens)
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", "member_left")
    assert app.version(others).status == 200


def test_a_demotion_that_still_may_approve_changes_nothing(site: Site) -> None:
    app, boss = site.partner_app(), site.owner()
    second_owner = site.member(boss.organization, role=Role.OWNER)
    tokens = app.connect(second_owner)
    change_role(site, second_owner.email, Role.ADMIN)
    assert app.version(tokens).status == 200
    assert app.refresh(tokens).status == 200


@pytest.mark.parametrize("role", [None, Role.MEMBER])
def test_a_code_of_a_person_who_left_meanwhile_gives_no_tokens(any_site: Site, role: Role | None) -> None:
    app, boss = any_site.partner_app(), any_site.owner()
    admin = any_site.member(boss.organization, role=Role.ADMIN)
    code = app.code_from(admin)
    change_role(any_site, admin.email, role)
    refused = app.exchange(code)
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", "member_left")


def test_a_code_of_a_connection_that_ended_meanwhile_gives_no_tokens(site: Site) -> None:
    app, owner = site.partner_app(name="Stripo"), site.owner()
    code = app.code_from(owner)
    owner.disconnect("Stripo")
    refused = app.exchange(code)
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", "owner_disconnected")


def test_a_disconnect_in_the_middle_of_an_exchange_leaves_nothing_alive(
    any_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner disconnects between the look at the code and its spending: the new family must not outlive that."""
    app, owner = any_site.partner_app(name="Stripo"), any_site.owner()
    code = app.code_from(owner)
    check = codes.check_spendable

    def check_and_disconnect(found: FoundCode) -> None:
        check(found)
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(owner.disconnect, "Stripo").result().status == 302

    monkeypatch.setattr(codes, "check_spendable", check_and_disconnect)
    tokens = app.exchange(code, via="query")  # in two steps; with Basic they are one
    if tokens.status == 200:
        assert app.version(tokens).status == 401
        tokens = app.refresh(tokens)
    assert (tokens.status, tokens.error, tokens.reason) == (400, "invalid_grant", "owner_disconnected")


def test_the_reason_is_told_to_the_authenticated_client_and_to_nobody_else(site: Site) -> None:
    app, other, owner = site.partner_app(name="Stripo"), site.partner_app(), site.owner()
    tokens = app.connect(owner)
    owner.disconnect("Stripo")
    assert app.refresh(tokens).reason == "owner_disconnected"
    assert app.refresh(tokens, via="none").reason is None
    assert app.ask({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}, secret="wrong").reason is None
    assert other.refresh(tokens).reason is None
    assert "reason" not in app.version(tokens).json
    assert "disconnect" not in app.version(tokens).text


def test_a_deleted_apps_end_is_told_to_the_holder_of_its_secret_alone(site: Site) -> None:
    app = site.partner_app()
    tokens = app.connect(site.owner())
    site.delete(app)
    unproven = app.ask({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}, secret="wrong")
    assert (unproven.status, unproven.error, unproven.reason) == (401, "invalid_client", None)


def test_the_reason_of_each_end_is_kept_and_shown_to_the_owner(site: Site) -> None:
    app, owner = site.partner_app(name="Stripo"), site.owner()
    app.connect(owner)
    owner.disconnect("Stripo")
    assert "Disconnected here." in owner.get("/settings/connected-apps").words
