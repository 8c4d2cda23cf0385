"""One connected app: what it did, what it may do, what can be taken away, and who stands for it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from app import scopes
from app.clock import now
from app.extensions import db
from app.models import AuditEvent, CredentialKind, Role
from app.services import usage
from app.services.usage import Sheet
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

ACTIVITY = 4  # the group of methods
LIST = "/settings/connected-apps"


def address_of(owner: Owner) -> str:
    link = owner.get(LIST).page.select_one("article.connection h2 a")
    assert link is not None
    return str(link["href"])


def take_away(owner: Owner, address: str, scope: str) -> Answer:
    return owner.post(f"{address}/take-away/{scope}", token_from=LIST)


def contacts_status(site: Site, token: str) -> int:
    return site.get("/api/v1/contacts", headers={"Authorization": f"Bearer {token}"}).status


def test_calls_are_counted_by_right_and_what_was_never_used_is_offered_to_be_taken_away(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="Stripo", scope="read:contacts read:activity write:events")
    tokens = app.connect(owner)
    for _ in range(3):
        assert contacts_status(site, tokens.access_token) == 200
    site.app.extensions["tally_writer"].write()
    address, before = address_of(owner), now() - timedelta(days=40)
    with site.rules():
        number = int(address.rpartition("/")[2])
        usage.record({Sheet(CredentialKind.CONNECTION, before.date(), ACTIVITY): {number: (5, before)}})
    page = owner.get(address)
    rows = {row.th.find(string=True): row for row in page.page.select("table.use tbody tr")}  # type: ignore[union-attr]
    assert "3 calls" in " ".join(rows[scopes.READ_CONTACTS.title].get_text(" ").split())
    assert rows[scopes.READ_CONTACTS.title].select_one("form") is None
    assert "Never used" in rows[scopes.WRITE_EVENTS.title].get_text()
    used_before = rows[scopes.READ_ACTIVITY.title]
    assert f"Last used {before.day} " in used_before.get_text(), "not in these days, but not never"
    assert used_before.select_one("form") is not None
    assert rows[scopes.WRITE_EVENTS.title].select_one("form") is not None
    assert scopes.SEND_MESSAGES.title not in rows


def test_a_right_taken_away_is_gone_at_the_next_call_and_the_app_stays_connected(any_site: Site) -> None:
    owner, app = any_site.owner(), any_site.partner_app(scope="UseRestApi")
    tokens = app.connect(owner)
    address = address_of(owner)
    assert contacts_status(any_site, tokens.access_token) == 200
    assert take_away(owner, address, "read:contacts").location == address
    assert contacts_status(any_site, tokens.access_token) == 403
    assert app.version(tokens).status == 200
    renewed = app.refresh(tokens)
    assert contacts_status(any_site, renewed.access_token) == 403
    words = owner.get(address).words
    assert f"Taken away: {scopes.READ_CONTACTS.title}." in words
    assert "Access narrowed" in words


def test_unticked_rights_are_taken_away_and_nothing_is_ever_added(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="UseEventsAndContacts")
    app.connect(owner)
    address = address_of(owner)
    form = owner.get(address).form("form[action$='/rights']").fill(scope=["write:events", "read:contacts"])
    assert owner.submit(form).status == 302
    page = owner.get(address)
    assert [str(row.find(string=True)) for row in page.page.select("table.use tbody th")] == [
        "General", scopes.WRITE_EVENTS.title,
    ]  # fmt: skip


def test_everything_can_only_be_taken_away_by_disconnecting(site: Site, owner: Owner) -> None:
    app = site.partner_app(scope="read:contacts write:events")
    tokens = app.connect(owner)
    address = address_of(owner)
    assert owner.post(f"{address}/rights", token_from=LIST).status == 302
    assert "disconnect the app" in owner.get(address).words
    assert contacts_status(site, tokens.access_token) == 200


def test_a_connection_whose_approver_left_pauses_until_an_admin_takes_it_over(any_site: Site) -> None:
    boss, app = any_site.owner(), any_site.partner_app()
    boss.sign_in()
    admin = any_site.member(boss.organization, role=Role.ADMIN)
    tokens = app.connect(admin)
    address = address_of(admin)
    leave = admin.get("/settings/members").form("form[action$='/remove']")
    assert admin.submit(leave).location == "/settings/account"
    assert app.version(tokens).status == 401
    page = boss.get(address)
    assert "Paused" in page.words
    assert boss.submit(page.form("form[action$='/take-over']")).status == 302
    assert "Paused" not in boss.get(address).words
    assert app.version(tokens).status == 200


def test_what_is_not_paused_can_not_be_taken_over(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.connect(owner)
    address = address_of(owner)
    admin = site.member(owner.organization, role=Role.ADMIN)
    admin.sign_in()
    assert admin.post(f"{address}/take-over", token_from=LIST).status == 302
    assert "still here" in admin.get(address).words


def test_an_app_that_somebody_else_connects_anew_replaces_what_was_paused(any_site: Site) -> None:
    boss, app, other = any_site.owner(), any_site.partner_app(name="Stripo"), any_site.partner_app(name="Other")
    admin, present = (any_site.member(boss.organization, role=Role.ADMIN) for _ in range(2))
    old, others, theirs = app.connect(admin), other.connect(admin), app.connect(present)
    assert admin.submit(admin.get("/settings/members").form("form[action$='/remove']")).status == 302
    tokens = app.connect(boss)
    assert (app.refresh(old).reason, other.refresh(others).reason) == ("replaced", "member_left")
    assert [app.version(pair).status for pair in (tokens, theirs)] == [200, 200]
    assert "Stripo Replaced by a newer approval." in boss.get(LIST).words


def test_the_events_of_an_app_are_found_however_many_others_had_since(any_site: Site) -> None:
    boss, app = any_site.owner(), any_site.partner_app()
    app.connect(boss)
    event = {"at": now(), "kind": "connection_approved", "organization_id": boss.organization_id, "actor": "somebody",
             "address": "", "subject": "", "client_id": "another", "detail": {"client_id": "another"}}  # fmt: skip
    with any_site.rules():
        db.session.execute(insert(AuditEvent), [event] * 2100)
    events = boss.get(address_of(boss)).page.select("section[aria-labelledby=events-heading] li")
    assert [item.strong.get_text() for item in events if item.strong] == ["Access allowed"]


@pytest.mark.parametrize("action", ["rights", "take-away/read:contacts", "take-over"])
def test_members_look_and_strangers_find_nothing(site: Site, owner: Owner, partner_app: PartnerApp, action: str) -> None:
    partner_app.connect(owner)
    address = address_of(owner)
    member, stranger = site.member(owner.organization), site.owner()
    for person in (member, stranger):
        person.sign_in()
    assert member.get(address).status == 200
    assert member.get(address).page.select("main form") == []
    assert member.post(f"{address}/{action}", token_from=LIST).status == 403
    assert stranger.get(address).status == 404
    assert stranger.post(f"{address}/{action}", token_from=LIST).status == 404
