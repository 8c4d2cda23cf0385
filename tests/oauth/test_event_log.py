"""An app's event log: why its requests failed, for its own developers alone."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import ClientEvent
from app.services import client_events, clients, rate_limits
from tests.support.owner import Owner
from tests.support.partner_app import CALLBACK, TOKEN, PartnerApp, Proof
from tests.support.sites import Site


def events(app: PartnerApp, limit: int = 50) -> list[ClientEvent]:
    """The log of ``app``, the newest first."""
    with app.site.rules():
        found = list(client_events.list_of(clients.get(app.client_id), limit=limit))
        db.session.expunge_all()
        return found


def only_event(app: PartnerApp) -> ClientEvent:
    found = events(app)
    assert len(found) == 1, [event.cause for event in found]
    return found[0]


def test_a_good_flow_leaves_the_log_empty(owner: Owner, partner_app: PartnerApp) -> None:
    partner_app.refresh(partner_app.connect(owner))
    owner.refuse(partner_app.authorize_link(prompt="consent"))
    owner.get(partner_app.authorize_link(prompt="none"))
    assert events(partner_app) == []


@pytest.mark.parametrize(
    ("sent", "differs"),
    [
        ("http://partner.example/callback", "scheme"),
        ("https://partner.example:8443/callback", "host or port"),
        ("https://www.partner.example/callback", "host or port"),
        ("https://partner.example/callback/", "path"),
        ("https://partner.example/callback?x=1", "query"),
    ],
)
def test_a_callback_that_is_not_registered_is_shown_beside_the_registered_one(
    owner: Owner, partner_app: PartnerApp, sent: str, differs: str
) -> None:
    page = owner.get(partner_app.authorize_link(redirect_uri=sent))
    assert page.status == 400
    event = only_event(partner_app)
    assert (event.endpoint, event.error) == ("authorize", "invalid_request")
    assert event.detail["received"] == sent
    assert event.detail["registered"] == [CALLBACK]
    assert f"The {differs} is" in event.detail["difference"]
    for secretive in (CALLBACK, differs + " is", sent):
        assert secretive not in page.words, "the public page shows none of it"


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"scope": "nonsense"}, "invalid_scope", "unknown"),
        ({"scope": "UseMessages"}, "invalid_scope", "not registered"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type=code"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request", "43 to 128"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request", "S256"),
        ({"resource": "https://other.example"}, "invalid_target", "resource"),
    ],
)
def test_an_authorize_request_that_fails_is_explained(
    site: Site, owner: Owner, parameters: dict[str, str], error: str, words: str
) -> None:
    app = site.partner_app(scope="UseEvents")
    assert owner.get(app.authorize_link(**parameters)).parameters["error"] == error
    event = only_event(app)
    assert (event.endpoint, event.error) == ("authorize", error)
    assert words in event.cause


@pytest.mark.parametrize(
    ("verifier", "words"), [(None, "missing"), ("x" * 43, "code_verifier"), ("short", "43 to 128 characters")]
)
def test_a_missing_or_wrong_verifier_is_explained(
    owner: Owner, partner_app: PartnerApp, verifier: str | None, words: str
) -> None:
    code = partner_app.code_from(owner, **Proof.new().parameters)
    assert partner_app.exchange(code, code_verifier=verifier).status == 400
    event = only_event(partner_app)
    assert event.endpoint == "token"
    assert words.lower() in event.cause.lower()


def test_a_wrong_secret_is_explained_though_the_caller_is_told_less(owner: Owner, partner_app: PartnerApp) -> None:
    assert partner_app.ask({"grant_type": "refresh_token", "refresh_token": "x"}, secret="wrong-secret").status == 401
    event = only_event(partner_app)
    assert event.error == "invalid_client"
    assert "secret is wrong" in event.cause
    assert event.detail["authentication"] == "client_secret_basic"


def test_an_expired_code_is_explained(owner: Owner, partner_app: PartnerApp, clock: SimpleNamespace) -> None:
    code = partner_app.code_from(owner)
    clock.advance(seconds=301)
    partner_app.exchange(code)
    assert "code has expired" in only_event(partner_app).cause


def test_a_code_used_twice_is_explained(owner: Owner, partner_app: PartnerApp) -> None:
    code = partner_app.code_from(owner)
    partner_app.exchange(code)
    partner_app.exchange(code)
    assert "used before" in only_event(partner_app).cause


def test_reuse_of_a_refresh_token_is_explained(owner: Owner, partner_app: PartnerApp) -> None:
    first = partner_app.connect(owner)
    partner_app.refresh(partner_app.refresh(first))
    partner_app.refresh(first)
    assert "used before" in only_event(partner_app).cause


def test_another_callback_at_the_token_endpoint_is_shown_beside_the_one_before(
    owner: Owner, partner_app: PartnerApp
) -> None:
    code = partner_app.code_from(owner)
    partner_app.exchange(code, redirect_uri="https://partner.example/other")
    event = only_event(partner_app)
    assert (event.detail["received"], event.detail["registered"]) == ("https://partner.example/other", [CALLBACK])


def test_an_access_that_has_ended_is_explained(owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    owner.disconnect("Partner")
    partner_app.refresh(tokens)
    assert "Access has ended" in only_event(partner_app).cause


def test_a_wrong_grant_type_is_explained(partner_app: PartnerApp) -> None:
    partner_app.ask({"grant_type": "password"})
    assert only_event(partner_app).error == "unsupported_grant_type"


def test_requests_that_are_put_together_badly_are_explained(site: Site, partner_app: PartnerApp) -> None:
    """They are refused before anybody looks at who sent them; that they name the app is enough for its log."""
    name = {"client_id": partner_app.client_id}
    secret = partner_app.secret or ""
    twice = [*name.items(), ("grant_type", "refresh_token"), ("refresh_token", "x"), ("refresh_token", "y")]
    in_two_places = name | {"client_secret": secret, "grant_type": "refresh_token", "refresh_token": "x"}
    assert site.post(TOKEN, data=twice).status == 400
    assert site.post(TOKEN, data=in_two_places, auth=(partner_app.client_id, secret)).status == 400
    assert site.post(TOKEN, data=name, headers={"Authorization": "Basic %%%"}).status == 400
    assert site.post("/uaa/oauth/revoke", data=name, headers={"Authorization": "Basic %%%"}).status == 401
    assert site.post(TOKEN, json=name | {"grant_type": "refresh_token"}, auth=(partner_app.client_id, secret)).status == 400
    assert site.get(TOKEN, params=name | {"client_secret": secret, "code": "x"}).status == 405
    causes = ("sent by POST", "application/x-www-form-urlencoded", "can't be read", "missing", "two places", "repeated")
    for event, words in zip(events(partner_app), causes, strict=True):
        assert words in event.cause
    assert secret not in str([event.detail for event in events(partner_app)])


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window of a limit ends meanwhile."""
    middle = time.time() // 3600 * 3600 + 1830
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(time=lambda: middle))


@pytest.mark.settings(rate_limit_token="4/hour")
@pytest.mark.usefixtures("one_minute")
def test_a_used_up_limit_is_explained_in_one_row_a_minute(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    tokens = partner_app.connect(owner)
    for _ in range(3):
        tokens = partner_app.refresh(tokens)
    auth = (partner_app.client_id, partner_app.secret or "")
    refused = [partner_app.refresh(tokens).answer for _ in range(18)]
    refused += [site.post(f"/uaa/oauth/{path}", data={"token": "x"}, auth=auth) for path in ("revoke", "introspect")]
    assert {answer.status for answer in refused} == {429}
    event = only_event(partner_app)
    assert (event.endpoint, event.error) == ("token", "temporarily_unavailable")
    assert event.cause == "The app has used up its limit of token requests, 4/hour."
    assert event.detail == {"address": "127.0.0.1", "requests": 16}, "it is written when the number has doubled"


@pytest.mark.settings(rate_limit_token="3/hour")
@pytest.mark.usefixtures("one_minute")
def test_an_address_that_is_refused_for_others_mistakes_is_explained(site: Site, owner: Owner) -> None:
    app, other = site.partner_app(), site.partner_app()
    for _ in range(3):
        assert other.ask({"grant_type": "refresh_token"}, secret="wrong-secret").status == 401
    assert app.exchange(app.code_from(owner)).status == 429
    assert "The address that asked has used up the limit" in only_event(app).cause
    for number in range(60):
        assert site.post(TOKEN, data={"grant_type": "refresh_token", "client_id": f"nobody-{number}"}).status == 429
    assert site.partner_app().ask({"grant_type": "refresh_token"}).status == 429
    with site.rules():
        written = db.session.scalar(select(func.count()).select_from(ClientEvent))
    assert written == 3 + 1, "whoever makes up names has few of them looked up"


def test_there_is_never_a_secret_in_it(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    proof = Proof.new()
    code = partner_app.code_from(owner, **proof.parameters)
    wrong = Proof.new()
    partner_app.exchange(code, code_verifier=wrong.verifier)
    first = partner_app.exchange(code, code_verifier=proof.verifier)
    latest = partner_app.refresh(partner_app.refresh(first))
    partner_app.exchange(code, code_verifier=proof.verifier)
    partner_app.refresh(first)
    partner_app.refresh(latest)
    partner_app.ask({"grant_type": "refresh_token", "refresh_token": latest.refresh_token}, secret="a-wrong-secret-sent")
    written = " ".join(f"{event.cause} {event.detail}" for event in events(partner_app))
    assert "used before" in written
    for secret in (
        code,
        *first.pair,
        *latest.pair,
        proof.verifier,
        wrong.verifier,
        "a-wrong-secret-sent",
        partner_app.secret,
    ):
        assert secret not in written


def test_each_app_has_a_log_of_its_own(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    other = site.partner_app()
    code = partner_app.code_from(owner)
    other.exchange(code)
    assert events(partner_app) == []
    assert "code" in only_event(other).cause.lower()


def test_requests_in_nobodys_name_are_written_nowhere(site: Site, partner_app: PartnerApp) -> None:
    site.post("/uaa/oauth/token", data={"grant_type": "refresh_token", "client_id": "nobody"})
    site.get("/uaa/oauth/authorize", params={"client_id": "nobody"})
    with site.rules():
        assert db.session.scalar(select(func.count()).select_from(ClientEvent)) == 0


def test_nobody_can_fill_an_apps_log_or_the_disk(site: Site, partner_app: PartnerApp) -> None:
    """The public client id is enough to make failed requests: at most 60 a minute are written."""
    for _ in range(200):
        site.get("/uaa/oauth/authorize", params={"client_id": partner_app.client_id, "redirect_uri": "https://evil.example"})
    assert 60 <= len(events(partner_app, limit=500)) <= 2 * 61  # a minute may have ended meanwhile


@pytest.fixture
def record(site: Site, partner_app: PartnerApp) -> Callable[[int], None]:
    def write(count: int) -> None:
        with site.rules():
            client_id = clients.get(partner_app.client_id).id
            for _ in range(count):
                client_events.record(_Unlimited(), client_id, endpoint="token", error="invalid_grant", cause="x")

    return write


class _Unlimited:
    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return 1

    def get(self, key: str) -> int:
        return 0

    def clear(self, key: str) -> None: ...


def test_no_more_than_the_last_thousand_are_kept(site: Site, partner_app: PartnerApp, record: Callable[[int], None]) -> None:
    record(client_events.KEPT_EVENTS + 30)
    assert len(events(partner_app, limit=5000)) == client_events.KEPT_EVENTS


def test_they_are_kept_for_thirty_days(
    site: Site, partner_app: PartnerApp, record: Callable[[int], None], clock: SimpleNamespace
) -> None:
    record(3)
    clock.advance(seconds=timedelta(days=29).total_seconds())
    assert len(events(partner_app)) == 3
    clock.advance(seconds=timedelta(days=1, seconds=1).total_seconds())
    assert events(partner_app) == []
    record(1)
    with site.rules():
        assert db.session.scalar(select(func.count()).select_from(ClientEvent)) == 1


def test_long_values_are_cut(site: Site, partner_app: PartnerApp) -> None:
    site.get(partner_app.authorize_link(redirect_uri="https://x.example/" + "y" * 5000))
    assert len(only_event(partner_app).detail["received"]) == 500
