"""Letters to an organization's owners: what was connected or made, by whom, what it may do, and where to end it."""

from email.message import EmailMessage

import pytest

from app.models import Role
from app.secret_values import INVITATION
from tests.support import secret_hunt
from tests.support.letterbox import Letterbox, link_in, words_of
from tests.support.owner import Owner
from tests.support.sites import Site, unique

OUTBOX = "/settings/outbox"


@pytest.fixture
def owner(letterbox: Letterbox) -> Owner:
    owner = letterbox.site.owner()
    owner.sign_in()
    return owner


def path_of(letterbox: Letterbox, letter: EmailMessage) -> str:
    return link_in(letter).removeprefix(letterbox.site.url)


def test_every_owner_is_told_of_an_app_that_was_connected(letterbox: Letterbox, owner: Owner) -> None:
    other = letterbox.site.member(owner.organization, role=Role.OWNER)
    admin = letterbox.site.member(owner.organization, role=Role.ADMIN)
    app = letterbox.site.partner_app(name="Stripo", scope="UseMessages", organization="The Stripo company")
    app.connect(admin)
    letters = letterbox.collect()
    assert {letter["To"] for letter in letters} == {owner.email, other.email}
    words = words_of(letters[0])
    assert letters[0]["Subject"] == f"Stripo was connected to {owner.organization}"
    for part in (admin.email, "by The Stripo company", "UTC", "Send email, SMS and Viber messages in your name"):
        assert part in words
    assert "Add, change and delete contacts" not in words
    assert owner.get(path_of(letterbox, letters[0])).page.select_one("form[action$='/disconnect']") is not None


def test_owners_are_told_when_an_app_may_do_more_and_not_when_it_may_not(letterbox: Letterbox, owner: Owner) -> None:
    app = letterbox.site.partner_app(name="Growing", scope="UseRestApi")
    app.connect(owner, scope="write:events")
    assert "was connected" in letterbox.only()["Subject"]
    app.connect(owner, scope="write:events", prompt="consent")
    assert letterbox.collect() == []
    app.connect(owner, scope="write:events read:contacts")
    letter = letterbox.only()
    assert letter["Subject"] == f"Growing may do more in {owner.organization}"
    assert "See and download your contacts" in words_of(letter)
    assert "Record events" not in words_of(letter)


def test_owners_are_told_of_a_new_key_and_of_its_rotation_without_the_key(letterbox: Letterbox, owner: Owner) -> None:
    form = owner.get("/settings/api-keys/new").form().fill(label="Nightly export", scope="read:contacts")
    secret = owner.submit(form).page.select_one("textarea#secret")
    assert secret is not None
    letter = letterbox.only()
    words = words_of(letter)
    for part in (owner.email, "Nightly export", "See and download your contacts"):
        assert part in words
    assert secret.get_text() not in words
    page = owner.get(path_of(letterbox, letter))
    assert page.page.select_one("form[action$='/revoke']") is not None
    owner.submit(page.form("form[action$='/rotate']"))
    assert letterbox.only()["Subject"] == f"An API key of {owner.organization} was rotated"


def test_an_invitation_comes_by_letter_with_a_link_that_works(letterbox: Letterbox, owner: Owner) -> None:
    email = f"{unique('new')}@example.org"
    page = owner.submit(owner.get("/settings/members/invite").form().fill(email=email, role="admin"))
    shown = page.page.select_one("textarea#link")
    assert shown is not None
    letter = letterbox.only()
    assert (letter["To"], owner.email in words_of(letter)) == (email, True)
    assert link_in(letter) == shown.get_text()
    secret = link_in(letter).partition("key=")[2]
    assert secret.startswith(INVITATION)
    assert not secret_hunt.find({"invitation": secret}, secret_hunt.rows_of(letterbox.site.app))
    visitor = letterbox.site.visitor()
    form = visitor.send("GET", link_in(letter)).form().fill(password="a long new password")
    assert visitor.send("POST", form.action, data=form.fields).status == 302
    # Signed in at once, and in that organization.
    page = visitor.send("GET", "/settings/connected-apps")
    assert (page.status, email in page.words, owner.organization in page.words) == (200, True, True)


def test_a_withdrawn_invitation_is_not_sent(letterbox: Letterbox, owner: Owner) -> None:
    owner.submit(owner.get("/settings/members/invite").form().fill(email="gone@example.org", role="member"))
    owner.submit(owner.get("/settings/members").form("form[action$='/withdraw']"))
    assert letterbox.collect() == []


# Without a mail server


def collect(site: Site) -> None:
    Letterbox(site, None).worker.sweep()  # type: ignore[arg-type]


def test_without_a_mail_server_letters_are_in_the_outbox_of_the_organization_alone(site: Site) -> None:
    owner, stranger = site.owner(), site.owner()
    owner.sign_in()
    app = site.partner_app(name="Stripo")
    app.connect(owner)
    assert "Stripo was connected" not in owner.get(OUTBOX).words
    collect(site)
    page = owner.get(OUTBOX)
    link = next(str(a["href"]) for a in page.page.select("main a") if "Stripo was connected" in a.get_text())
    letter = owner.get(link)
    assert "Send email, SMS and Viber messages in your name" in letter.words
    assert letter.page.select_one("main a[href*='/settings/connected-apps/']") is not None
    stranger.sign_in()
    assert "Stripo" not in stranger.get(OUTBOX).words
    assert stranger.get(link).status == 404
    member = site.member(owner.organization)
    member.sign_in()
    assert member.get(link).status == 403


def test_admins_cant_become_owners_by_an_invitation_in_the_outbox(site: Site) -> None:
    owner = site.owner()
    owner.sign_in()
    admin = site.member(owner.organization, role=Role.ADMIN)
    admin.sign_in()
    for email, role in (("boss@example.org", "owner"), ("help@example.org", "member")):
        owner.submit(owner.get("/settings/members/invite").form().fill(email=email, role=role))
    collect(site)
    for person, seen in ((owner, ["help@example.org", "boss@example.org"]), (admin, ["help@example.org"])):
        page = person.get(OUTBOX)
        assert [email for email in ("help@example.org", "boss@example.org") if email in page.words] == seen
    links = [str(a["href"]) for a in owner.get(OUTBOX).page.select("main td a")]
    assert sorted(admin.get(link).status for link in links) == [200, 404]
    owner.submit(owner.get("/settings/members").form("form[action$='/withdraw']"))
    assert "An invitation that has ended" in owner.get(OUTBOX).words
