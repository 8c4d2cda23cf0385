"""API keys on the pages: made, shown once, used, rotated, switched off, revoked."""

from types import SimpleNamespace

import pytest

from app.models import Role
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.sites import Site


def _make(owner: Owner, *scopes: str, label: str = "Nightly export", lifetime: str = "") -> Answer:
    form = owner.get("/settings/api-keys/new").form("form.card").fill(label=label, lifetime=lifetime, scope=scopes)
    return owner.submit(form)


def _secret(answer: Answer) -> str:
    field = answer.page.select_one("textarea#secret")
    assert field is not None, answer.words
    return field.get_text()


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


def _status(site: Site, key: str, path: str = "/api/v1/contacts") -> int:
    return site.get(path, headers={"Authorization": f"Bearer {key}"}).status


def test_a_key_is_shown_once_and_opens_what_was_ticked(site: Site, owner: Owner) -> None:
    key = _secret(_make(owner, "read:contacts"))
    assert key.startswith("yk_live_")
    assert _status(site, key) == 200
    assert site.post("/api/v1/contact", json={}, headers={"Authorization": f"Bearer {key}"}).status == 403
    listed = owner.get("/settings/api-keys")
    assert key not in listed.text
    assert key[:14] in listed.words
    assert "Nightly export" in listed.words
    assert "Read contacts and segments" in listed.words
    assert owner.email in listed.words


def test_the_page_with_the_secret_is_kept_by_nobody(owner: Owner) -> None:
    assert _make(owner, "read:contacts").headers["Cache-Control"] == "no-store"


def test_a_key_without_a_label_is_refused_beside_the_field_and_loses_nothing(owner: Owner) -> None:
    answer = _make(owner, "read:contacts", label="")
    assert answer.status == 400
    assert "Say what the key is for." in answer.words
    assert answer.page.select_one("input[value='read:contacts'][checked]") is not None


def test_a_key_ends_when_it_was_told_to(site: Site, owner: Owner, clock: SimpleNamespace) -> None:
    key = _secret(_make(owner, "read:contacts", lifetime="30"))
    clock.advance(seconds=29 * 86400)
    assert _status(site, key) == 200
    clock.advance(seconds=2 * 86400)
    assert _status(site, key) == 401


def _act(owner: Owner, action: str, **fields: str) -> Answer:
    form = owner.get("/settings/api-keys").form(f"form[action$='/{action}']")
    return owner.submit(form.fill(**fields) if fields else form)


def test_a_key_can_be_switched_off_and_on_again(site: Site, owner: Owner) -> None:
    key = _secret(_make(owner, "read:contacts"))
    assert _act(owner, "disable").status == 302
    assert _status(site, key) == 401
    assert _act(owner, "enable").status == 302
    assert _status(site, key) == 200


def test_a_revoked_key_is_dead_for_good(site: Site, owner: Owner) -> None:
    key = _secret(_make(owner, "read:contacts"))
    assert _act(owner, "revoke").status == 302
    assert _status(site, key) == 401
    page = owner.get("/settings/api-keys")
    assert "Revoked" in page.words
    assert page.page.select_one("form[action$='/enable']") is None


def test_a_rotated_key_works_on_for_the_chosen_time(site: Site, owner: Owner, clock: SimpleNamespace) -> None:
    old = _secret(_make(owner, "read:contacts"))
    new = _secret(_act(owner, "rotate", overlap="24"))
    assert old != new
    assert (_status(site, old), _status(site, new)) == (200, 200)
    clock.advance(seconds=24 * 3600 + 1)
    assert (_status(site, old), _status(site, new)) == (401, 200)


def test_members_see_keys_but_change_nothing(site: Site, owner: Owner) -> None:
    _make(owner, "read:contacts")
    member = site.member(owner.organization, role=Role.MEMBER)
    member.sign_in()
    assert "Nightly export" in member.get("/settings/api-keys").words
    assert member.get("/settings/api-keys/new").status == 403
    assert member.post("/settings/api-keys/1/revoke").status == 403


def test_another_organizations_key_does_not_exist(site: Site, owner: Owner) -> None:
    key = _secret(_make(owner, "read:contacts"))
    stranger = site.owner()
    stranger.sign_in()
    for action in ("revoke", "disable", "enable", "rotate"):
        assert stranger.post(f"/settings/api-keys/1/{action}", overlap="0").status == 404
    assert _status(site, key) == 200
