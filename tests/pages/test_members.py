"""Members of an organization: roles, leaving, removing, and going over to another organization."""

import pytest

from app.extensions import db
from app.models import Role, User
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

PAGE = "/settings/members"


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


def number_of(site: Site, person: Owner) -> int:
    with site.rules():
        return db.session.query(User.id).filter_by(email=person.email).scalar()  # type: ignore[no-any-return]


def appoint(site: Site, by: Owner, person: Owner, role: str) -> Answer:
    return by.post(f"{PAGE}/{number_of(site, person)}/role", token_from=PAGE, role=role)


def remove(site: Site, by: Owner, person: Owner) -> Answer:
    return by.post(f"{PAGE}/{number_of(site, person)}/remove", token_from=PAGE)


def signed_in_member(site: Site, owner: Owner, role: Role = Role.MEMBER) -> Owner:
    person = site.member(owner.organization, role=role)
    person.sign_in()
    return person


def test_everybody_sees_who_belongs_to_the_organization(site: Site, owner: Owner) -> None:
    person = signed_in_member(site, owner)
    words = person.get(PAGE).words
    assert owner.email in words
    assert person.email in words
    assert "Only owners and admins can invite people" in words


def test_a_member_who_is_made_admin_can_do_an_admins_work_at_once(site: Site, owner: Owner) -> None:
    person = signed_in_member(site, owner)
    assert person.get("/settings/security").status == 403
    assert appoint(site, owner, person, "admin").status == 302
    assert f"{person.email} is an admin now." in owner.get(PAGE).words
    assert person.get("/settings/security").status == 200


@pytest.mark.parametrize("by", [Role.ADMIN, Role.MEMBER])
def test_only_owners_appoint_and_dismiss_owners(site: Site, owner: Owner, by: Role) -> None:
    person, other = signed_in_member(site, owner, by), site.member(owner.organization)
    for answer in (appoint(site, person, other, "owner"), appoint(site, person, person, "owner"),
                   appoint(site, person, owner, "member"), remove(site, person, owner)):  # fmt: skip
        assert answer.status == 403
        assert "Only owners" in answer.words
    assert appoint(site, owner, other, "owner").status == 302


def test_a_member_can_neither_change_nor_remove_others(site: Site, owner: Owner) -> None:
    person, other = signed_in_member(site, owner), site.member(owner.organization)
    assert appoint(site, person, other, "admin").status == 403
    assert remove(site, person, other).status == 403


def test_the_last_owner_can_not_leave_nor_step_down(site: Site, owner: Owner) -> None:
    for answer in (remove(site, owner, owner), appoint(site, owner, owner, "member")):
        assert answer.location == PAGE
        assert "Make somebody else owner first" in owner.get(PAGE).words
    assert owner.get("/settings/security").status == 200


def test_an_owner_can_leave_when_there_is_another(site: Site, owner: Owner) -> None:
    heir = site.member(owner.organization, role=Role.OWNER)
    heir.sign_in()
    answer = remove(site, owner, owner)
    assert answer.location == "/settings/account"
    assert f"You have left {owner.organization}" in owner.get("/settings/account").words
    assert owner.get(PAGE).status == 403
    assert owner.email not in heir.get(PAGE).words


def test_what_a_removed_member_approved_stops_at_the_next_call(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    admin = signed_in_member(site, owner, Role.ADMIN)
    tokens = partner_app.connect(admin)
    assert partner_app.version(tokens).status == 200
    assert remove(site, owner, admin).status == 302
    assert partner_app.version(tokens).status == 401


def test_the_people_of_another_organization_are_not_found(site: Site, owner: Owner) -> None:
    stranger = site.owner()
    assert appoint(site, owner, stranger, "member").status == 404
    assert remove(site, owner, stranger).status == 404
    assert stranger.email not in owner.get(PAGE).words


def test_a_role_that_does_not_exist_is_refused(site: Site, owner: Owner) -> None:
    person = site.member(owner.organization)
    assert appoint(site, owner, person, "emperor").status == 400


def test_a_person_of_two_organizations_goes_over_by_the_corner_menu_and_stays_there(site: Site, owner: Owner) -> None:
    other = site.owner()
    site.join(owner, other.organization, Role.ADMIN)
    before = "yes" if owner.organization in owner.get("/settings/connected-apps").page.select_one("main").get_text() else ""  # type: ignore[union-attr]
    page = owner.get("/settings/connected-apps")
    button = page.page.select_one("button[name=organization]")
    assert button is not None
    form = page.form("form[action='/settings/organization/switch']")
    assert owner.submit(form, button=("organization", str(button["value"]))).status == 302
    expected = other.organization if before else owner.organization
    for address in ("/settings/connected-apps", PAGE):
        assert expected in owner.get(address).page.select_one("main").get_text()  # type: ignore[union-attr]


def test_nobody_goes_over_to_an_organization_of_others(site: Site, owner: Owner) -> None:
    other = site.owner()
    for number, status in ((str(other.organization_id), 404), ("999999", 404), ("x", 400)):
        assert owner.post("/settings/organization/switch", organization=number).status == status
    assert owner.organization in owner.get("/settings/connected-apps").words


def test_the_organizations_settings_begin_with_its_people(owner: Owner) -> None:
    assert owner.get("/settings/organization").address == "/settings/members"
