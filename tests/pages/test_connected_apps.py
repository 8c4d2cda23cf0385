"""Connected apps: what the owner sees, and the end of access."""

import pytest

from app import scopes
from app.models import Role
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

PAGE = "/settings/connected-apps"


def connection_address(owner: Owner) -> str:
    form = owner.get(PAGE).page.select_one("form[action$='/disconnect']")
    assert form is not None
    return str(form["action"])


def test_the_page_lists_what_is_connected_and_what_it_may_do(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization="Stripo Inc", name="<i>Stripo", scope="UseEvents read:contacts")
    app.connect(owner)
    page = owner.get(PAGE)
    for fact in ("<i>Stripo", "Stripo Inc", owner.organization, owner.email):
        assert fact in page.words
    assert page.page.select_one("main i") is None
    for title in ("Access to events", scopes.READ_CONTACTS.title):
        assert title in page.words
    assert "Access to messages" not in page.words


def test_nothing_connected_reads_as_such(owner: Owner) -> None:
    owner.sign_in()
    assert "No app is connected" in owner.get(PAGE).words


def test_disconnecting_ends_access_at_the_next_call_and_says_why(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app(name="Stripo")
    first = app.connect(owner)
    second = app.refresh(first)
    other = app.connect(any_site.owner())
    answer = owner.disconnect("Stripo")
    assert answer.location == PAGE
    page = owner.get(PAGE)
    assert "Stripo is disconnected" in page.words
    assert "Disconnected here." in page.words
    assert app.version(first).status == app.version(second).status == 401
    for dead in (first, second):
        assert app.refresh(dead).reason == "owner_disconnected"
    assert app.version(other).status == 200


def test_a_disconnected_app_can_be_connected_anew_and_old_tokens_stay_dead(owner: Owner, partner_app: PartnerApp) -> None:
    old = partner_app.connect(owner)
    owner.disconnect("Partner")
    new = partner_app.connect(owner)
    assert partner_app.version(new).status == 200
    assert partner_app.version(old).status == 401
    assert partner_app.refresh(old).status == 400


def test_another_organizations_connection_is_not_found(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    address = connection_address(owner)
    stranger = site.owner()
    stranger.sign_in()
    assert stranger.post(address, token_from=PAGE).status == 404
    assert "Partner" not in stranger.get(PAGE).words
    assert partner_app.version(tokens).status == 200


def test_a_connection_that_has_ended_is_not_found(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    address = connection_address(owner)
    assert owner.post(address).status == 302
    assert owner.post(address).status == 404


@pytest.mark.parametrize(("role", "status"), [(Role.MEMBER, 403), (Role.ADMIN, 302), (Role.OWNER, 302)])
def test_members_see_the_list_and_only_owners_and_admins_disconnect(
    site: Site, owner: Owner, partner_app: PartnerApp, role: Role, status: int
) -> None:
    tokens = partner_app.connect(owner)
    address = connection_address(owner)
    person = site.member(owner.organization, role=role)
    person.sign_in()
    page = person.get(PAGE)
    assert "Partner" in page.words
    assert (page.page.select_one("form[action$='/disconnect']") is None) == (status == 403)
    assert person.post(address).status == status
    assert partner_app.version(tokens).status == (200 if status == 403 else 401)


def test_nobody_sees_it_without_signing_in(site: Site) -> None:
    assert site.get(PAGE).location.startswith("/login")
    assert site.get("/").location == PAGE


def test_an_app_that_is_suspended_says_so_to_the_account_owner(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Asleep")
    app.connect(owner)
    site.suspend(app)
    page = owner.get("/settings/connected-apps")
    assert "Its calls are refused until they resume it." in page.words
    link = page.page.select_one("article.connection h2 a")
    assert link is not None
    assert "Its calls are refused until they resume it." in owner.get(str(link["href"])).words
