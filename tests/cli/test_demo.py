"""``flask demo``: something to try in an empty database."""

from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.extensions import db
from app.models import Contact, User
from app.services import users
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

from .conftest import Flask


def test_the_demo_leads_from_the_link_to_a_called_api(flask: Flask, site: Site) -> None:
    made = flask("demo").result
    link, sign_in = urlsplit(made["authorize_url"]), made["sign_in"]
    assert f"{link.scheme}://{link.netloc}" == site.url
    app = PartnerApp(
        site, client_id=made["app"]["client_id"], secret=made["app"]["client_secret"],
        callback_urls=(made["app"]["callback_url"],),
    )  # fmt: skip
    owner = Owner(site, **sign_in, organization_id=1)
    back = owner.approve(f"{link.path}?{link.query}")
    assert back.location.startswith(f"{app.callback}?")
    tokens = app.exchange(back.parameters["code"])
    found = app.call(tokens, "GET", "/api/v1/contacts")
    assert (found.status, len(found.json)) == (200, 5)


def test_it_is_made_once_and_its_secret_shown_once(flask: Flask, site: Site) -> None:
    made, again = flask("demo").result, flask("demo").result
    assert made["app"].pop("client_secret")
    assert made == again
    with site.rules():
        assert db.session.scalar(select(func.count()).select_from(User)) == 2
        assert db.session.scalar(select(func.count()).select_from(Contact)) == 5


def test_the_developer_can_sign_in_too(flask: Flask, site: Site) -> None:
    developer = Owner(site, **flask("demo").result["developer_sign_in"], organization_id=2)
    assert developer.sign_in().status == 302


def test_a_database_in_use_gets_no_account_with_a_known_password(flask: Flask, site: Site) -> None:
    site.owner()
    said = flask("demo")
    assert (said.status, said.error["error"]) == (1, "conflict")
    with site.rules():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_a_demo_whose_password_was_changed_is_not_shown(flask: Flask, site: Site) -> None:
    flask("demo")
    with site.rules():
        user = db.session.scalars(select(User).where(User.email == "demo@example.com")).one()
        user.password_hash = users.hash_password("something else")
    assert flask("demo").error["error"] == "conflict"
