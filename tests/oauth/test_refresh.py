"""Refreshing (RFC 6749 section 6; RFC 9700 section 4.14.2): rotation, the grace for a lost answer, and reuse."""

from types import SimpleNamespace

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Tokens
from tests.support.sites import Site


def assert_dead(app: PartnerApp, *all_tokens: Tokens, reason: str) -> None:
    for tokens in all_tokens:
        assert app.version(tokens).status == 401
    refused = app.refresh(all_tokens[-1])
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", reason)


def test_a_refresh_gives_a_new_pair_and_the_present_access_token_lives_on(any_site: Site) -> None:
    app = any_site.partner_app()
    first = app.connect(any_site.owner())
    second = app.refresh(first)
    assert not set(first.pair) & set(second.pair)
    assert app.version(first).status == 200
    assert app.version(second).status == 200


def test_within_the_grace_window_the_predecessor_gets_the_same_pair_again(any_site: Site, clock: SimpleNamespace) -> None:
    app = any_site.partner_app()
    first = app.connect(any_site.owner())
    second = app.refresh(first)
    clock.advance(seconds=30)
    again = app.refresh(first)
    clock.advance(seconds=29)
    once_more = app.refresh(first, via="query")
    assert second.pair == again.pair == once_more.pair
    assert app.version(again).status == 200
    assert again.answer.json["expires_in"] == second.answer.json["expires_in"] - 30


def test_a_refresh_token_replayed_after_the_grace_window_disconnects_the_app(any_site: Site, clock: SimpleNamespace) -> None:
    app = any_site.partner_app()
    first = app.connect(any_site.owner())
    second = app.refresh(first)
    clock.advance(seconds=61)
    reused = app.refresh(first)
    assert (reused.status, reused.error, reused.reason) == (400, "invalid_grant", "reuse_detected")
    assert_dead(app, first, second, reason="reuse_detected")


def test_an_older_generation_is_reuse_even_within_the_grace_window(any_site: Site) -> None:
    app = any_site.partner_app()
    first = app.connect(any_site.owner())
    second = app.refresh(first)
    third = app.refresh(second)
    assert app.refresh(first).reason == "reuse_detected"
    assert_dead(app, second, third, reason="reuse_detected")


def test_many_rotations_later_the_first_token_is_still_recognized(owner: Owner, partner_app: PartnerApp) -> None:
    first = latest = partner_app.connect(owner)
    for _ in range(20):
        latest = partner_app.refresh(latest)
    assert partner_app.version(latest).status == 200
    assert partner_app.refresh(first).reason == "reuse_detected"
    assert partner_app.version(latest).status == 401


@pytest.mark.settings(refresh_grace=0)
def test_without_a_grace_window_a_second_use_is_reuse_at_once(
    owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace
) -> None:
    first = partner_app.connect(owner)
    partner_app.refresh(first)
    clock.advance(seconds=0.01)
    assert partner_app.refresh(first).reason == "reuse_detected"


def test_reuse_of_one_approval_leaves_another_of_the_same_app_alone(
    owner: Owner, partner_app: PartnerApp, site: Site
) -> None:
    mine, other = partner_app.connect(owner), partner_app.connect(site.owner())
    partner_app.refresh(partner_app.refresh(mine))
    assert partner_app.refresh(mine).reason == "reuse_detected"
    assert partner_app.version(other).status == 200


def _flip(token: str, index: int) -> str:
    return token[:index] + ("0" if token[index] != "0" else "1") + token[index + 1 :]


def _resealed(token: str) -> str:
    import zlib

    return token[:-8] + f"{zlib.crc32(token[:-8].encode()):08x}"


@pytest.mark.parametrize("index", [10, 20, 30, 40, 60, 100, 119])
def test_a_forged_token_ends_nothing(owner: Owner, partner_app: PartnerApp, index: int) -> None:
    first = partner_app.connect(owner)
    second = partner_app.refresh(first)
    for genuine in (first.refresh_token, second.refresh_token):
        forged = _flip(genuine, index)
        for attempt in (forged, _resealed(forged)):
            refused = partner_app.refresh(attempt)
            assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", None)
    assert partner_app.version(second).status == 200
    assert partner_app.refresh(second).status == 200


def test_a_token_of_another_server_ends_nothing(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    """A genuine token in all but the key: same family, older generation."""
    from app import secret_values
    from app.secret_values import RefreshClaim

    tokens = partner_app.refresh(partner_app.connect(owner))
    family = int.from_bytes(bytes.fromhex(tokens.refresh_token.removeprefix("uaa_rt_")[:16]))
    forged = secret_values.derive_refresh_token(RefreshClaim(family, 0), salt=b"s", origin="o", key=b"another key")
    assert partner_app.refresh(forged).reason is None
    assert partner_app.version(tokens).status == 200


@pytest.mark.parametrize("spent", [False, True])
def test_another_client_can_neither_use_nor_end_it(owner: Owner, partner_app: PartnerApp, site: Site, spent: bool) -> None:
    tokens = partner_app.connect(owner)
    latest = partner_app.refresh(tokens) if spent else tokens
    if spent:
        latest = partner_app.refresh(latest)
    refused = site.partner_app().refresh(tokens)
    assert (refused.status, refused.error, refused.reason) == (400, "invalid_grant", None)
    assert partner_app.version(latest).status == 200
    assert partner_app.refresh(latest).status == 200


def test_a_failed_authentication_with_a_used_token_ends_nothing(owner: Owner, partner_app: PartnerApp) -> None:
    first = partner_app.connect(owner)
    latest = partner_app.refresh(partner_app.refresh(first))
    request = {"grant_type": "refresh_token", "refresh_token": first.refresh_token}
    assert partner_app.ask(dict(request), secret="guess").status == 401
    assert partner_app.version(latest).status == 200


def test_a_refresh_token_expires_when_it_is_not_used(owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace) -> None:
    tokens = partner_app.connect(owner)
    clock.advance(seconds=2592000 - 10)
    tokens = partner_app.refresh(tokens)
    assert tokens.status == 200
    clock.advance(seconds=2592000 + 1)
    refused = partner_app.refresh(tokens)
    assert (refused.error, refused.reason) == ("invalid_grant", "expired")


def test_an_access_token_expires(owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace) -> None:
    tokens = partner_app.connect(owner)
    clock.advance(seconds=172799)
    assert partner_app.version(tokens).status == 200
    clock.advance(seconds=2)
    assert partner_app.version(tokens).status == 401
    assert partner_app.version(partner_app.refresh(tokens)).status == 200


@pytest.mark.settings(family_max_age=3600)
def test_an_approval_can_be_refreshed_only_so_long(owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace) -> None:
    tokens = partner_app.connect(owner)
    clock.advance(seconds=3500)
    tokens = partner_app.refresh(tokens)
    assert tokens.answer.json["expires_in"] <= 100
    clock.advance(seconds=101)
    assert partner_app.version(tokens).status == 401
    assert partner_app.refresh(tokens).reason == "expired"


def test_a_code_beside_the_refresh_token_is_ignored_as_yespos_documentation_sends_one(
    owner: Owner, partner_app: PartnerApp
) -> None:
    code = partner_app.code_from(owner)
    tokens = partner_app.exchange(code)
    refreshed = partner_app.refresh(tokens, via="query", code=code, redirect_uri=partner_app.callback)
    assert refreshed.status == 200
    assert partner_app.version(refreshed).status == 200


def test_a_refresh_may_ask_for_less_and_later_for_all_again(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    assert partner_app.call(tokens, "GET", "/api/v1/contacts").status == 200
    less = partner_app.refresh(tokens, scope="write:events")
    assert less.scope == "write:events"
    assert partner_app.call(less, "GET", "/api/v1/contacts").status == 403
    assert partner_app.call(partner_app.refresh(less), "GET", "/api/v1/contacts").status == 200


@pytest.mark.parametrize(
    "asked", ["read:contacts", "UseRestApi", "UseEvents UseMessages", "nonsense", "UseEvents\nwrite:events"]
)
def test_a_refresh_never_gives_more_than_was_granted(owner: Owner, partner_app: PartnerApp, asked: str) -> None:
    tokens = partner_app.connect(owner, scope="UseEvents")
    refused = partner_app.refresh(tokens, scope=asked)
    assert (refused.status, refused.error) == (400, "invalid_scope")
    assert partner_app.refresh(tokens).status == 200


def test_a_refresh_token_opens_no_method_and_an_access_token_refreshes_nothing(
    owner: Owner, partner_app: PartnerApp
) -> None:
    tokens = partner_app.connect(owner)
    assert partner_app.version(tokens.refresh_token).status == 401
    assert partner_app.refresh(tokens.access_token).error == "invalid_grant"


@pytest.mark.parametrize("in_grace", [True, False])
def test_a_rotated_server_key_keeps_tokens_alive(make_app, in_grace: bool, clock: SimpleNamespace, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from tests.support.apps import KEY

    old = make_app(secret_key=[KEY])
    site = Site(old)
    app = site.partner_app()
    first = app.connect(site.owner())
    second = app.refresh(first)
    database = old.config["SETTINGS"].sqlalchemy_url
    rotated = Site(make_app(secret_key=["a new key, which is also long enough", KEY], database_url=database))
    app.site = rotated
    if in_grace:
        assert app.refresh(first).pair == second.pair
    assert app.refresh(second).status == 200
