"""Long lists: in pages on which everything is once, searched, and found by indexes however much there is."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from app.clock import now
from app.extensions import db
from app.models import AuditEvent, Membership, Organization, Role, User
from app.pages import api_keys as api_keys_page
from app.pages import members as members_page
from app.services import api_keys, audit
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.sites import Site

KEYS, MEMBERS, LOG = "/settings/api-keys", "/settings/members", "/settings/security"


def walk(owner: Owner, address: str, onward: str, items: Callable[[Answer], list[str]]) -> list[str]:
    """The items of all pages of a list, from its first on."""
    page, found = owner.get(address), []
    for _ in range(10):
        found += items(page)
        link = page.page.find("a", string=onward)
        if link is None:
            return found
        page = owner.get(str(link["href"]))
    raise AssertionError("the list has no end")


def labels(page: Answer) -> list[str]:
    return [heading.get_text(strip=True) for heading in page.page.select("article.api-key h2")]


def emails(page: Answer) -> list[str]:
    found = page.page.select("main > .people .person > strong")
    return [person.get_text(strip=True) for person in found]


def invited(page: Answer) -> list[str]:
    return [person.get_text(strip=True) for person in page.page.select("section[aria-labelledby=invited-heading] strong")]


def test_every_key_is_on_one_page_and_those_that_work_come_first(any_site: Site) -> None:
    owner = any_site.owner().new_browser_signed_in()
    count = api_keys_page.PAGE + 5
    for number in range(count):
        any_site.api_key(owner.organization, label=f"Key {number}")
    any_site.api_key(any_site.owner().organization, label="Foreign")
    with any_site.rules():
        keys = api_keys.list_of(db.session.get_one(Organization, owner.organization_id))
        for key in keys:
            if key.label in ("Key 7", "Key 20"):
                api_keys.revoke(key)
    expected = [f"Key {number}" for number in reversed(range(count)) if number not in (7, 20)] + ["Key 20", "Key 7"]
    assert walk(owner, KEYS, "Next", labels) == expected
    assert labels(owner.get(f"{KEYS}?words=key+2")) == [*(f"Key {n}" for n in (24, 23, 22, 21, 2)), "Key 20"]
    assert "No further key" in owner.get(f"{KEYS}?words=nothing").words


def test_every_member_is_on_one_page_in_the_order_of_roles(any_site: Site) -> None:
    owner = any_site.owner(email="zoe@example.org").new_browser_signed_in()
    with any_site.rules():
        for number in range(members_page.PAGE + 5):
            user = User(email=f"p{number:02}@example.org", password_hash="!")
            role = Role.ADMIN if number % 10 == 3 else Role.MEMBER
            db.session.add(Membership(organization_id=owner.organization_id, user=user, role=role))
    found = walk(owner, MEMBERS, "Next", emails)
    admins = ["p03@example.org", "p13@example.org", "p23@example.org"]
    others = [f"p{number:02}@example.org" for number in range(members_page.PAGE + 5)]
    assert found == ["zoe@example.org", *admins, *(email for email in others if email not in admins)]
    assert emails(owner.get(f"{MEMBERS}?words=P1")) == [
        "p13@example.org",
        *(e for e in others if e[:2] == "p1" and e[2] != "3"),
    ]
    assert "No further member" in owner.get(f"{MEMBERS}?words=nobody").words


def test_every_invitation_is_on_one_page_and_found_by_its_address(any_site: Site) -> None:
    owner = any_site.owner().new_browser_signed_in()
    count = members_page.INVITED + 3
    for number in range(count):
        assert owner.post(f"{MEMBERS}/invite", email=f"i{number:02}@example.org", role="member").status == 200
    older = [f"i{number:02}@example.org" for number in reversed(range(count))]
    assert walk(owner, MEMBERS, "Older", invited) == older
    assert invited(owner.get(f"{MEMBERS}?words=I1")) == [email for email in older if email.startswith("i1")]
    owner.submit(owner.get(f"{MEMBERS}?words=i00").form("form[action$='/withdraw']"))
    assert invited(owner.get(f"{MEMBERS}?words=i00")) == []


def add_events(site: Site, owner: Owner, count: int, **values: Any) -> None:
    usual = {"at": now(), "kind": "signed_in", "organization_id": owner.organization_id, "actor": "somebody",
             "address": "192.0.2.1", "subject": "", "detail": {}}  # fmt: skip
    with site.rules():
        db.session.execute(insert(AuditEvent), [usual | values | {"subject": f"{n}"} for n in range(count)])


def test_a_search_of_the_log_stops_after_so_many_events_and_can_be_told_to_go_on(
    any_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LOOKED_AT", 50)
    owner = any_site.owner().new_browser_signed_in()
    add_events(any_site, owner, 1, actor="needle")
    add_events(any_site, owner, 120)
    page = owner.get(f"{LOG}?words=needle")
    for _ in range(2):
        assert "Nothing found yet" in page.words
        link = page.page.find("a", string="Search older events")
        assert link is not None
        page = owner.get(str(link["href"]))
    assert len(page.page.select(".log tbody tr")) == 1
    assert page.page.find("a", string="Search older events") is None


# Statements and plans


@contextmanager
def statements_of(site: Site) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    with site.app.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_statements_of_a_page_does_not_grow_with_its_list(site: Site, owner: Owner) -> None:
    owner.sign_in()
    pages = ("/settings/partner-apps", "/settings/connected-apps", KEYS, MEMBERS, LOG)

    def counts() -> dict[str, int]:
        found = {}
        for address in pages:
            with statements_of(site) as seen:
                assert owner.get(address).status == 200
            found[address] = len(seen)
        return found

    def grow(number: int) -> None:
        site.partner_app(organization=owner.organization, name=f"App {number}").connect(owner)
        site.api_key(owner.organization)
        site.member(owner.organization)

    grow(1)
    before = counts()
    for number in range(2, 6):
        grow(number)
    assert counts() == before


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "ix_audit_event_organization_id"),
        ("?before=500", "ix_audit_event_organization_id"),
        ("?kind=app_deleted", "ix_audit_event_organization_kind"),
        ("?words=nobody", "ix_audit_event_organization_id"),
    ],
)
def test_the_log_is_read_by_an_index_and_never_sorted(pg_app: Any, query: str, index: str) -> None:
    site = Site(pg_app)
    owner = site.owner().new_browser_signed_in()
    others = site.owner()
    add_events(site, owner, 3000)
    add_events(site, others, 3000)
    with site.rules():
        db.session.execute(text("ANALYZE audit_event"))
    with statements_of(site) as seen:
        assert owner.get(f"{LOG}{query}").status == 200
    reads = [(statement, values) for statement, values in seen if "FROM audit_event" in statement]
    assert reads
    with site.app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, values in reads:
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
            assert re.search(rf"Index (Only )?Scan.* using ({index}|pk_audit_event)", plan), plan
            assert "Sort" not in plan.split("->")[0], plan
    site.close()
