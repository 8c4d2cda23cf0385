"""The audit log: one event for each thing that happens, with actor, address, time and object, and never a secret."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.models import AuditEvent, Role, User
from app.services import api_keys, clients, organizations
from app.services.audit import AuditKind
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site


def all_events(site: Site) -> list[AuditEvent]:
    with site.rules():
        found = list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
        db.session.expunge_all()
        return found


def during(site: Site, act: Callable[[], Any]) -> list[AuditEvent]:
    """The events that ``act`` leaves behind."""
    last = max((event.id for event in all_events(site)), default=0)
    act()
    return [event for event in all_events(site) if event.id > last]


def the_one(events: list[AuditEvent], kind: AuditKind) -> AuditEvent:
    """The only event, which must be of ``kind``, of this minute and from this address."""
    assert [event.kind for event in events] == [kind.value]
    assert abs(events[0].at - now()) < timedelta(minutes=1)
    return events[0]


def test_a_sign_in_and_its_end(site: Site, owner: Owner) -> None:
    event = the_one(during(site, owner.sign_in), AuditKind.SIGNED_IN)
    assert (event.actor, event.address, event.subject) == (owner.email, "127.0.0.1", owner.email)
    event = the_one(during(site, owner.sign_out), AuditKind.SIGNED_OUT)
    assert (event.actor, event.address, event.subject) == (owner.email, "127.0.0.1", owner.email)


def test_a_failed_sign_in(site: Site, owner: Owner) -> None:
    event = the_one(during(site, lambda: owner.sign_in(password="not the password")), AuditKind.SIGN_IN_FAILED)
    assert (event.actor, event.address, event.subject) == (owner.email, "127.0.0.1", owner.email)
    assert "not the password" not in f"{event.subject} {event.detail}"


def test_a_failed_sign_in_to_an_account_that_does_not_exist(site: Site, owner: Owner) -> None:
    owner.email = "nobody@example.org"
    event = the_one(during(site, owner.sign_in), AuditKind.SIGN_IN_FAILED)
    assert event.subject == "nobody@example.org"


def test_an_approval_a_denial_and_a_disconnect(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Stripo")
    owner.sign_in()
    for act, kind in (
        (lambda: owner.refuse(app.authorize_link()), AuditKind.CONNECTION_DENIED),
        (lambda: owner.approve(app.authorize_link(scope="UseEvents")), AuditKind.CONNECTION_APPROVED),
        (lambda: owner.disconnect("Stripo"), AuditKind.CONNECTION_ENDED),
    ):
        event = the_one(during(site, act), kind)
        assert (event.actor, event.address, event.subject) == (owner.email, "127.0.0.1", "Stripo")
        assert event.organization_id == owner.organization_id
        assert event.detail["client_id"] == app.client_id


def test_an_approval_says_what_was_granted_and_an_end_says_why(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Stripo")
    app.connect(owner, scope="UseEvents UseMessages", ticked=["UseEvents"])
    owner.disconnect("Stripo")
    approved = next(event for event in all_events(site) if event.kind == AuditKind.CONNECTION_APPROVED)
    ended = next(event for event in all_events(site) if event.kind == AuditKind.CONNECTION_ENDED)
    assert approved.detail["scope"] == "UseEvents"
    assert ended.detail["reason"] == "owner_disconnected"


def test_reuse_of_a_refresh_token(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Stripo")
    first = app.connect(owner)
    app.refresh(app.refresh(first))
    event = the_one(during(site, lambda: app.refresh(first)), AuditKind.REUSE_DETECTED)
    assert (event.subject, event.address) == ("Stripo", "127.0.0.1")
    assert event.organization_id == owner.organization_id
    assert during(site, lambda: app.refresh(first)) == [], "once, however often it is tried"


def test_a_code_that_is_replayed(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Stripo")
    code = app.code_from(owner)
    app.exchange(code)
    event = the_one(during(site, lambda: app.exchange(code)), AuditKind.CODE_REPLAYED)
    assert (event.subject, event.address) == ("Stripo", "127.0.0.1")
    assert event.organization_id == owner.organization_id


def test_ordinary_token_requests_leave_no_events(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    code = partner_app.code_from(owner)
    assert during(site, lambda: partner_app.version(partner_app.refresh(partner_app.exchange(code)))) == []


def test_secrets_keys_apps_and_roles(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization=owner.organization, name="Stripo")
    colleague = site.member(owner.organization)

    def do(rule: Callable[[], Any]) -> Callable[[], None]:
        def act() -> None:
            with site.rules():
                rule()

        return act

    def client() -> Any:
        return clients.get(app.client_id)

    def organization() -> Any:
        return organizations.get_by_name(owner.organization)

    def membership() -> Any:
        return db.session.scalars(select(User).where(User.email == colleague.email)).one().memberships[0]

    def key() -> Any:
        return api_keys.list_of(organization())[0]

    story: list[tuple[Callable[[], Any], AuditKind, str]] = [
        (lambda: clients.add_secret(client()), AuditKind.SECRET_MADE, "Stripo"),
        (lambda: clients.retire_secret(client(), client().secrets[0].hint), AuditKind.SECRET_RETIRED, "Stripo"),
        (lambda: clients.suspend(client()), AuditKind.APP_SUSPENDED, "Stripo"),
        (lambda: clients.resume(client()), AuditKind.APP_RESUMED, "Stripo"),
        (lambda: clients.delete(client()), AuditKind.APP_DELETED, "Stripo"),
        (
            lambda: api_keys.create(organization(), author=None, label="nightly", scope="UseRestApi"),
            AuditKind.API_KEY_MADE,
            "nightly",
        ),
        (lambda: api_keys.revoke(key()), AuditKind.API_KEY_REVOKED, "nightly"),
        (lambda: organizations.change_role(membership(), Role.ADMIN), AuditKind.ROLE_CHANGED, colleague.email),
        (lambda: organizations.remove_member(membership()), AuditKind.MEMBER_REMOVED, colleague.email),
    ]
    for rule, kind, subject in story:
        event = the_one(during(site, do(rule)), kind)
        assert event.subject == subject
        assert event.organization_id == owner.organization_id


def test_doing_nothing_new_leaves_no_event(site: Site, partner_app: PartnerApp) -> None:
    site.suspend(partner_app)
    assert during(site, lambda: site.suspend(partner_app)) == []
    site.resume(partner_app)
    assert during(site, lambda: site.resume(partner_app)) == []


@pytest.mark.settings(trusted_proxies=1)
def test_behind_a_proxy_the_address_is_the_persons(site: Site, owner: Owner) -> None:
    form = owner.get("/login").form().fill(email=owner.email, password=owner.password)
    owner.browser.send("POST", "/login", data=form.fields, headers={"X-Forwarded-For": "203.0.113.7"})
    assert [event.address for event in all_events(site) if event.kind == AuditKind.SIGNED_IN] == ["203.0.113.7"]


def test_there_is_never_a_secret_in_it(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization=owner.organization)
    code = app.code_from(owner)
    first = app.exchange(code)
    second = app.refresh(first)
    key = site.api_key(owner.organization)
    app.exchange(code)
    app.refresh(first)
    owner.new_browser().sign_in(password="another password")
    with site.rules():
        new_secret = clients.add_secret(clients.get(app.client_id)).plain
    owner.disconnect("Partner")
    site.delete(app)
    events = all_events(site)
    written = " ".join(f"{event.actor} {event.subject} {event.detail}" for event in events)
    assert len({event.kind for event in events}) >= 8
    for secret in (code, *first.pair, *second.pair, key, app.secret, new_secret, owner.password, "another password"):
        assert str(secret) not in written
