"""Simultaneous requests with one code or one refresh token, sent for real to several worker processes."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Tokens
from tests.support.sites import Site

Result = TypeVar("Result")


def at_once(times: int, action: Callable[[PartnerApp], Result], app: PartnerApp) -> list[Result]:
    """Do ``action`` ``times`` at the same moment, each over a connection of its own that is open already."""
    barrier = threading.Barrier(times)

    def attempt(_: int) -> Result:
        own = PartnerApp(Site(app.site.app, app.site.url), client_id=app.client_id, secret=app.secret)
        try:
            own.site.get("/healthz")
            barrier.wait(30)
            return action(own)
        finally:
            own.site.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(attempt, range(times)))


def test_fifty_exchanges_of_one_code_give_one_success(any_live_site: Site) -> None:
    app = any_live_site.partner_app()
    code = app.code_from(any_live_site.owner())
    answers = at_once(50, lambda own: own.exchange(code), app)
    assert sorted(answer.status for answer in answers) == [200] + [400] * 49
    assert {answer.error for answer in answers if answer.status == 400} == {"invalid_grant"}
    winner = next(answer for answer in answers if answer.status == 200)
    # The others were replays: what came from the code has ended.
    assert app.version(winner).status == 401
    assert app.refresh(winner).reason == "reuse_detected"


def test_twenty_refreshes_with_one_token_give_twenty_identical_pairs(any_live_site: Site) -> None:
    app = any_live_site.partner_app()
    first = app.connect(any_live_site.owner())
    answers = at_once(20, lambda own: own.refresh(first), app)
    assert [answer.status for answer in answers] == [200] * 20, [answer.answer.text for answer in answers]
    assert len({answer.pair for answer in answers}) == 1
    assert app.version(answers[0]).status == 200
    assert app.refresh(answers[0]).status == 200


def test_a_refresh_that_races_with_a_disconnect_leaves_nothing_alive(any_live_site: Site) -> None:
    for _ in range(5):
        owner, app = any_live_site.owner(), any_live_site.partner_app(name="Racer")
        tokens = app.connect(owner)
        turns = itertools.count()
        refreshed = [answer for answer in at_once(8, _refresh_or_disconnect(owner, tokens, turns), app) if answer]
        assert len(refreshed) == 7
        for answer in refreshed:
            assert answer.status == 200 or answer.reason == "owner_disconnected", answer.answer.text
            if answer.status == 200:
                assert app.version(answer).status == 401
                assert app.refresh(answer).reason == "owner_disconnected"


def _refresh_or_disconnect(owner: Owner, tokens: Tokens, turns: Iterator[int]) -> Callable[[PartnerApp], Tokens | None]:
    def act(own: PartnerApp) -> Tokens | None:
        if next(turns) == 3:
            assert owner.disconnect("Racer").status == 302
            return None
        return own.refresh(tokens)

    return act


def test_an_approval_that_races_with_the_apps_deletion_leaves_no_connection(live_pg_site: Site) -> None:
    for _ in range(5):
        owner, app = live_pg_site.owner(), live_pg_site.partner_app()
        page = owner.open_consent(app.authorize_link())
        with ThreadPoolExecutor(2) as pool:
            decided, deleted = pool.submit(owner.decide, page), pool.submit(live_pg_site.delete, app)
            answer = decided.result()
            deleted.result()
        assert answer.status in (302, 400, 404), answer.words
        if answer.status == 302:
            assert app.exchange(answer.parameters["code"]).status == 401
        assert owner.get("/settings/connected-apps").page.select("article.connection") == []


def test_simultaneous_approvals_make_one_connection(any_live_site: Site) -> None:
    times = 8
    owner, app = any_live_site.owner(), any_live_site.partner_app(name="Eager")
    browsers = [owner.new_browser() for _ in range(times)]
    pages = [browser.open_consent(app.authorize_link()) for browser in browsers]
    pairs = iter(zip(browsers, pages, strict=True))
    lock = threading.Lock()

    def approve(_: PartnerApp) -> int:
        with lock:
            browser, page = next(pairs)
        return browser.decide(page).status

    assert at_once(times, approve, app) == [302] * times
    cards = browsers[0].get("/settings/connected-apps").page.select("article.connection")
    assert len(cards) == 1


def test_callers_that_come_together_are_not_taken_for_one_another(any_live_site: Site) -> None:
    app = any_live_site.partner_app()
    owners = [any_live_site.owner() for _ in range(4)]
    tokens = {app.connect(owner).access_token: owner.email for owner in owners}
    former = any_live_site.owner()
    ended = app.connect(former).access_token
    former.disconnect("Partner")
    secrets = [*tokens, ended, "uaa_at_garbage"] * 2
    numbers = itertools.count()

    def call_in_turn(own: PartnerApp) -> list[tuple[str, int, str | None]]:
        first = next(numbers)
        seen = []
        for turn in range(30):
            secret = secrets[(first + turn) % len(secrets)]
            answer = own.call(secret, "GET", "/api/v1/account/info")
            seen.append((secret, answer.status, answer.json.get("userEmail")))
        return seen

    for secret, status, email in itertools.chain(*at_once(len(secrets), call_in_turn, app)):
        assert (status, email) == ((200, tokens[secret]) if secret in tokens else (401, None))
