"""Rotation of the server's own keys: the new one first, the old still accepted; nobody notices."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.apps import KEY
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Tokens
from tests.support.sites import Site

NEW = "a-new-key-of-the-server-which-is-long-enough"
MakeApp = Callable[..., Flask]


@pytest.fixture
def before(make_app: MakeApp) -> Site:
    return Site(make_app(secret_key=[KEY]))


@pytest.fixture
def restart(make_app: MakeApp, before: Site) -> Callable[..., Site]:
    """Starts the same server with other keys."""

    def start(*keys: str) -> Site:
        return Site(make_app(secret_key=list(keys), database_url=before.app.config["SETTINGS"].sqlalchemy_url))

    return start


def move(site: Site, app: PartnerApp, owner: Owner) -> None:
    """From here on ``app`` and ``owner``'s browser, with its cookies, talk to ``site``."""
    cookies = owner.browser.cookies
    app.site = owner.site = site
    owner.browser = site.visitor()
    for name, value in cookies.items():
        owner.browser.set_cookie(name, value)


def connected(site: Site) -> tuple[PartnerApp, Owner, Tokens]:
    app, owner = site.partner_app(), site.owner()
    return app, owner, app.connect(owner)


def test_nobody_is_signed_out_and_no_token_dies(before: Site, restart: Callable[..., Site]) -> None:
    app, owner, tokens = connected(before)
    move(restart(NEW, KEY), app, owner)
    assert owner.get("/settings/connected-apps").status == 200
    assert app.version(tokens).status == 200
    assert app.refresh(tokens).status == 200


def test_a_consent_page_opened_before_is_answered_after(before: Site, restart: Callable[..., Site]) -> None:
    app, owner = before.partner_app(), before.owner()
    page = owner.open_consent(app.authorize_link())
    move(restart(NEW, KEY), app, owner)
    answer = owner.decide(page)
    assert app.exchange(answer.parameters["code"]).status == 200


def test_a_sign_in_page_opened_before_is_answered_after(before: Site, restart: Callable[..., Site]) -> None:
    app, owner = before.partner_app(), before.owner()
    page = owner.get("/login")
    move(restart(NEW, KEY), app, owner)
    answer = owner.submit(page.form().fill(email=owner.email, password=owner.password))
    assert answer.status == 302
    assert owner.get("/settings/connected-apps").status == 200


@pytest.mark.parametrize(
    ("address", "form", "fields", "done"),
    [
        ("/settings/connected-apps", "form[action$='/disconnect']", {}, "Disconnected here"),
        ("/settings/account", "form[method=post]:has([name=present])",
         {"present": "correct horse battery", "password": "another horse, another battery"}, "Your password is changed"),
        ("/settings/partner-apps/{own}/authorization-form", "form[enctype]", {"shown_name": "Renamed"}, "are saved"),
    ],
    ids=["a button", "a form with fields", "a form with a file"],
)  # fmt: skip
def test_every_kind_of_form_opened_before_is_accepted_after(
    before: Site, restart: Callable[..., Site], address: str, form: str, fields: dict[str, str], done: str
) -> None:
    app, owner, _ = connected(before)
    own = before.partner_app(organization=owner.organization)
    page = owner.get(address.format(own=own.client_id))
    move(restart(NEW, KEY), app, owner)
    answer = owner.submit(page.form(form).fill(**fields))
    assert answer.status == 302, answer.words
    assert done in owner.get(answer.location).words


def test_a_code_from_before_is_exchanged_after(before: Site, restart: Callable[..., Site]) -> None:
    app, owner = before.partner_app(), before.owner()
    code = app.code_from(owner)
    move(restart(NEW), app, owner)
    assert app.exchange(code).status == 200


def test_a_refresh_before_can_be_repeated_after(before: Site, restart: Callable[..., Site]) -> None:
    app, owner, first = connected(before)
    second = app.refresh(first)
    move(restart(NEW, KEY), app, owner)
    assert app.refresh(first).pair == second.pair
    assert app.refresh(second).status == 200


def test_reuse_is_recognized_across_the_rotation(before: Site, restart: Callable[..., Site]) -> None:
    app, owner, first = connected(before)
    third = app.refresh(app.refresh(first))
    move(restart(NEW, KEY), app, owner)
    assert app.refresh(first).reason == "reuse_detected"
    assert app.version(third).status == 401


def test_once_refreshed_a_token_lives_without_the_old_key(before: Site, restart: Callable[..., Site]) -> None:
    app, owner, first = connected(before)
    move(restart(NEW, KEY), app, owner)
    second = app.refresh(first)
    owner.sign_out()
    owner.sign_in()
    move(restart(NEW), app, owner)
    assert app.refresh(second).status == 200
    assert owner.get("/settings/connected-apps").status == 200


def test_a_key_that_was_taken_off_the_list_opens_nothing_more_and_ends_nothing(
    before: Site, restart: Callable[..., Site]
) -> None:
    """Forged tokens end nothing, and a token under a key that is gone is like a forged one."""
    app, owner, first = connected(before)
    second = app.refresh(first)
    move(restart(NEW), app, owner)
    assert owner.get("/settings/connected-apps").page.select_one("input[type=password]") is not None
    assert app.refresh(first).error == app.refresh(second).error == "invalid_grant"
    assert app.version(second).status == 200
    move(restart(NEW, KEY), app, owner)
    assert app.refresh(second).status == 200


def test_going_back_to_the_old_key_works_while_both_are_listed(before: Site, restart: Callable[..., Site]) -> None:
    app, owner, tokens = connected(before)
    for keys in ((NEW, KEY), (KEY, NEW), (NEW, KEY)):
        move(restart(*keys), app, owner)
        tokens = app.refresh(tokens)
        assert tokens.status == 200
        assert owner.get("/settings/connected-apps").status == 200
