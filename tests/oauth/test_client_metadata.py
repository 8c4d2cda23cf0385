"""Apps that come with the address of their own description as client_id: off by default, guarded, cached, told apart."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.clock import now
from app.extensions import db
from app.models import AuditEvent, Client
from app.outbound import Outbound
from app.rates import Rate
from app.services import clients, described_clients
from tests.support.document_host import ANOTHER_CALLBACK, DocumentHost, answer, drip, json_answer
from tests.support.partner_app import PartnerApp, Proof
from tests.support.sites import Site

CALLBACK = "http://127.0.0.1:50123/callback"
on = pytest.mark.settings(client_id_metadata_documents=True)


@pytest.fixture(scope="module")
def module_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentHost]:
    host = DocumentHost(tmp_path_factory.mktemp("host"))
    yield host
    host.close()


@pytest.fixture
def host(module_host: DocumentHost, site: Site) -> DocumentHost:
    """Where the product finds documents, as if it were on the public internet."""
    module_host.asked.clear()
    site.app.extensions["outbound"] = module_host.outbound()
    return module_host


def app_at(site: Site, client_id: str, callback: str = CALLBACK) -> PartnerApp:
    return PartnerApp(site, client_id=client_id, secret=None, callback_urls=(callback,))


def ask(site: Site, client_id: str, **parameters: str | None) -> Any:
    """The answer to somebody who isn't signed in."""
    return site.get(app_at(site, client_id).authorize_link(**Proof.new().parameters, **parameters))


def refused(answer: Any) -> str:
    """What the error page says; and that it is one."""
    assert (answer.status, answer.location) == (400, ""), answer.text
    return str(answer.words)


def test_it_is_off_by_default(site: Site, host: DocumentHost) -> None:
    assert "not known here" in refused(ask(site, host.describe()))
    assert host.asked == {}
    assert site.get("/.well-known/oauth-authorization-server").json["client_id_metadata_document_supported"] is False


@on
def test_the_metadata_says_when_it_is_on(site: Site) -> None:
    assert site.get("/.well-known/oauth-authorization-server").json["client_id_metadata_document_supported"] is True


@on
def test_an_app_that_describes_itself_is_connected_called_and_refreshed(site: Site, host: DocumentHost) -> None:
    owner, app = site.owner(), app_at(site, host.describe())
    first = app.connect(owner, scope="read:contacts")
    assert first.scope == "read:contacts"
    assert app.version(first).status == 200
    second = app.refresh(first)
    assert app.version(second).status == 200
    assert host.asked == {"/app.json": 1}


@on
def test_nobody_but_authorize_fetches(site: Site, host: DocumentHost) -> None:
    app = app_at(site, host.describe("/never.json"))
    assert app.exchange("uaa_ac_00", code_verifier="x" * 43).error == "invalid_client"
    assert site.post("/uaa/oauth/revoke", data={"client_id": app.client_id, "token": "x"}).status == 401
    assert host.asked == {}


@on
def test_a_code_without_its_verifier_or_challenge_is_worth_nothing(site: Site, host: DocumentHost) -> None:
    app = app_at(site, host.describe())
    owner = site.owner()
    assert owner.open_consent(app.authorize_link()).parameters["error"] == "invalid_request"
    code = app.code_from(owner, **Proof.new().parameters)
    assert app.exchange(code, code_verifier=Proof.new().verifier).error == "invalid_grant"


@on
def test_the_page_says_that_nobody_registered_the_app(site: Site, host: DocumentHost) -> None:
    page = site.owner().open_consent(
        app_at(site, host.describe(client_name="Yespo Support")).authorize_link(**Proof.new().parameters)
    )
    assert page.status == 200
    assert f"Made by client.example:{host.port} Unverified" in page.words
    assert "This app is not registered here" in page.words
    assert "runs on a person’s own device" in page.words
    assert "You will be sent back to this computer (127.0.0.1:50123)" in page.words


@on
def test_a_web_app_is_not_said_to_be_on_a_device(site: Site, host: DocumentHost) -> None:
    app = app_at(site, host.describe(), ANOTHER_CALLBACK)
    page = site.owner().open_consent(app.authorize_link(**Proof.new().parameters))
    assert "This app is not registered here" in page.words
    assert "own device" not in page.words


@on
def test_who_asks_for_nothing_in_particular_may_look_and_no_more(site: Site, host: DocumentHost) -> None:
    tokens = app_at(site, host.describe()).connect(site.owner())
    assert tokens.scope == described_clients.USUAL_SCOPE == "read:contacts read:activity"


@on
def test_what_the_document_asks_for_is_asked_when_the_request_does_not_say(site: Site, host: DocumentHost) -> None:
    app = app_at(site, host.describe(scope="openid UseEvents"))
    assert app.connect(site.owner()).scope == "UseEvents"


@on
def test_a_document_that_names_rights_is_held_to_them(site: Site, host: DocumentHost) -> None:
    app = app_at(site, host.describe(scope="UseEvents"))
    link = app.authorize_link(scope="read:contacts", **Proof.new().parameters)
    assert site.owner().open_consent(link).parameters["error"] == "invalid_scope"


@on
@pytest.mark.parametrize("scope", ["UseRestApi", "send:messages write:contacts"])
def test_a_document_that_names_none_may_ask_for_any_by_name(site: Site, host: DocumentHost, scope: str) -> None:
    assert app_at(site, host.describe()).connect(site.owner(), scope=scope).scope == scope


@on
def test_a_callback_that_the_document_does_not_list_is_refused(site: Site, host: DocumentHost) -> None:
    words = refused(ask(site, host.describe(), redirect_uri="https://evil.example/callback"))
    assert "The way back is not registered" in words


@on
@pytest.mark.parametrize(
    ("path", "given", "reason"),
    [
        ("/missing.json", None, "status 404, not 200"),
        ("/moved.json", answer(b"", 302, Location="https://127.0.0.1/inner"), "Redirects are not followed"),
        ("/page.json", answer(b"<html>", Content_Type="text/html"), "Content-Type is not application/json"),
        ("/other.json", json_answer({"client_id": "https://client.example/x"}), "not the address that it was read from"),
        ("/big.json", json_answer({"filler": "x" * 6000}), "larger than 5120 bytes"),
        ("/lie.json", answer(b"{", Content_Type="application/json", Content_Length="1"), "not JSON"),
    ],
)
def test_a_document_that_can_not_be_used_is_explained_to_its_developer(
    site: Site, host: DocumentHost, path: str, given: Any, reason: str
) -> None:
    client_id = host.put(path, given) if given else host.address(path)
    words = refused(ask(site, client_id))
    assert "This app could not be checked" in words
    assert reason in words


@on
@pytest.mark.parametrize(
    "client_id",
    ["https://client.example", "https://client.example/a/../b", "https://a@client.example/b", "https://client.example/b#c",
     "https://client.example/b?c=d", "https://client.example/" + "b" * 500, "https://client.example/\x00",
     "https://client.example:22/b", "https://client.example:80/b"],
)  # fmt: skip
def test_an_address_against_the_draft_is_never_asked(site: Site, client_id: str) -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise AssertionError("somebody was asked")

    site.app.extensions["outbound"] = Outbound(resolver=resolver)
    assert "This app could not be checked" in refused(ask(site, client_id))


@on
@pytest.mark.parametrize("scheme", ["http", "HTTPS", "ftp", "file"])
def test_other_schemes_are_just_unknown_apps(site: Site, scheme: str) -> None:
    assert "not known here" in refused(ask(site, f"{scheme}://client.example/app.json"))


@on
@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.0.1", "fd00::1"])
def test_a_name_that_leads_into_our_own_network_is_refused(site: Site, module_host: DocumentHost, inner: str) -> None:
    """With the product's own guard: only the resolver is the test's."""
    site.app.extensions["outbound"] = Outbound(resolver=lambda host, port: [inner])
    module_host.asked.clear()
    assert "does not resolve to public internet addresses" in refused(ask(site, "https://client.example/app.json"))
    assert module_host.asked == {}


@on
def test_the_product_as_it_is_started_reaches_nothing_on_this_computer(site: Site, module_host: DocumentHost) -> None:
    module_host.asked.clear()
    for address in (module_host.describe(), "https://localhost/app.json", "https://127.0.0.1/app.json"):
        assert "This app could not be checked" in refused(ask(site, address))
    assert module_host.asked == {}


@on
def test_a_slow_server_is_given_up(site: Site, host: DocumentHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.client_documents.TIMEOUT", 0.5)
    url = host.put("/slow.json", drip(pause=0.1, head=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"))
    began = time.monotonic()
    assert "did not answer completely within 0.5 seconds" in refused(ask(site, url))
    assert time.monotonic() - began < 2


@on
def test_a_document_is_read_again_when_its_time_is_over(site: Site, host: DocumentHost, clock: Any) -> None:
    client_id = host.describe(headers={"Cache-Control": "max-age=600"})
    assert ask(site, client_id).status == 302
    clock.advance(seconds=599)
    assert ask(site, client_id).status == 302
    assert host.asked == {"/app.json": 1}
    host.describe(client_name="Renamed", redirect_uris=[CALLBACK, "https://client.example/new"])
    clock.advance(seconds=2)
    assert ask(site, client_id, redirect_uri="https://client.example/new").status == 302
    assert host.asked == {"/app.json": 2}
    assert "not registered" in refused(ask(site, client_id, redirect_uri=ANOTHER_CALLBACK))
    with site.rules():
        client = clients.get(client_id)
        assert client.name == "Renamed"
        assert [callback.url for callback in client.callback_urls] == [CALLBACK, "https://client.example/new"]


@on
def test_a_failure_is_not_remembered(site: Site, host: DocumentHost) -> None:
    """The draft's section 5.2; the rate limits are there instead."""
    client_id = host.put("/late.json", answer(b"", 500))
    refused(ask(site, client_id))
    host.describe("/late.json")
    assert ask(site, client_id).status == 302


@on
def test_a_known_app_whose_document_is_gone_is_not_let_in_on_old_terms(site: Site, host: DocumentHost, clock: Any) -> None:
    client_id = host.describe("/gone.json")
    tokens = app_at(site, client_id).connect(site.owner())
    host.put("/gone.json", answer(b"", 410))
    clock.advance(seconds=3601)
    assert "status 410" in refused(ask(site, client_id))
    assert app_at(site, client_id).version(tokens).status == 200


@on
def test_a_stranger_can_not_make_us_fetch_for_ever(site: Site, host: DocumentHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described_clients, "_BY_ADDRESS", Rate(10, 1, "day"))  # no minute ends in between
    answers = [ask(site, host.address(f"/missing-{number}.json")) for number in range(12)]
    assert [one.status for one in answers] == [400] * 10 + [429] * 2
    assert answers[-1].headers["Retry-After"]
    assert len(host.asked) == 10


@on
def test_requests_of_known_apps_are_not_counted(site: Site, host: DocumentHost) -> None:
    client_id = host.describe()
    assert {ask(site, client_id).status for _ in range(15)} == {302}


@on
def test_many_fetches_at_once_are_put_off(site: Site, module_host: DocumentHost) -> None:
    site.app.extensions["outbound"] = outbound = module_host.outbound(at_once=1)
    outbound._places.acquire()
    answer = ask(site, module_host.describe())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


@on
def test_it_is_suspended_and_resumed_by_its_client_id(site: Site, host: DocumentHost, clock: Any) -> None:
    app = app_at(site, host.describe())
    owner = site.owner()
    tokens = app.connect(owner)
    run = site.app.test_cli_runner()
    assert run.invoke(args=["apps", "suspend", app.client_id]).exit_code == 0
    assert app.version(tokens).status == 401
    clock.advance(seconds=7200)
    assert owner.get(app.authorize_link(**Proof.new().parameters)).parameters["error"] == "unauthorized_client"
    assert host.asked == {"/app.json": 1}
    assert run.invoke(args=["apps", "resume", app.client_id]).exit_code == 0
    assert app.version(tokens).status == 200
    with site.rules():
        events = db.session.query(AuditEvent).filter(AuditEvent.kind.in_(("app_suspended", "app_resumed"))).all()
        assert [event.organization_id for event in events] == [None, None]


@on
def test_a_deleted_one_does_not_come_back(site: Site, host: DocumentHost) -> None:
    app = app_at(site, host.describe())
    tokens = app.connect(site.owner())
    with site.rules():
        clients.delete(clients.get(app.client_id))
    assert app.version(tokens).status == 401
    assert "was removed by the people who run this server" in refused(ask(site, app.client_id))
    assert host.asked == {"/app.json": 1}


@on
def test_its_owner_sees_and_disconnects_it(site: Site, host: DocumentHost) -> None:
    owner, app = site.owner(), app_at(site, host.describe())
    tokens = app.connect(owner)
    assert f"by client.example:{host.port} , not registered here" in owner.get("/settings/connected-apps").words
    assert owner.disconnect("Assistant").status == 302
    assert app.version(tokens).status == 401


@on
def test_it_is_asked_about_each_time_when_it_runs_on_a_device(site: Site, host: DocumentHost) -> None:
    owner, app = site.owner(), app_at(site, host.describe())
    app.connect(owner)
    assert owner.open_consent(app.authorize_link(**Proof.new().parameters)).page.select_one("form.consent")


@on
def test_apps_that_came_once_and_were_never_approved_are_forgotten(site: Site, host: DocumentHost, clock: Any) -> None:
    ask(site, host.describe("/once.json"))
    ask(site, host.describe("/failed.json"), redirect_uri="https://evil.example/")  # leaves a line in its event log
    app_at(site, host.describe("/used.json")).connect(site.owner())
    clock.advance(seconds=90000 + 86400)
    ask(site, host.describe("/new.json"))
    with site.rules():
        kept = set(db.session.scalars(db.select(Client.client_id)))
        assert kept == {host.address("/used.json"), host.address("/new.json")}


@on
def test_two_first_requests_at_once_make_one_client(any_site: Site, module_host: DocumentHost) -> None:
    """Both have fetched; each then keeps what it has read."""
    any_site.app.extensions["outbound"] = module_host.outbound(at_once=8)
    client_id = module_host.describe("/race.json")
    with ThreadPoolExecutor(8) as pool:
        visitors = [any_site.visitor() for _ in range(8)]
        link = app_at(any_site, client_id).authorize_link(**Proof.new().parameters)
        statuses = list(pool.map(lambda visitor: visitor.send("GET", link).status, visitors))
    assert statuses == [302] * 8
    with any_site.rules():
        found = db.session.scalars(db.select(Client).where(Client.client_id == client_id)).all()
        assert [len(client.callback_urls) for client in found] == [2]
        assert found[0].metadata_expires_at is not None
        assert found[0].metadata_expires_at > now()
