"""Quick start: the link, the test run on this site, and code that really runs."""

import base64
import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.models import Role
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.processes import free_port
from tests.support.sites import Site


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


@pytest.fixture
def our_app(site: Site, owner: Owner) -> PartnerApp:
    return site.partner_app(organization=owner.organization, name="Our app")


def page_of(app: PartnerApp, name: str) -> str:
    return f"/settings/partner-apps/{app.client_id}/{name}"


def code(owner: Owner, app: PartnerApp, id: str) -> str:
    found = owner.get(page_of(app, "quick-start")).page.select_one(f"#{id}")
    assert found is not None
    return found.get_text()


# The link


def test_the_link_works_as_it_stands(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    answer = site.owner().approve(code(owner, our_app, "authorize-link").removeprefix(site.url))
    assert our_app.exchange(answer.parameters["code"]).status == 200
    assert answer.parameters["state"]


def test_a_public_apps_link_comes_with_its_verifier(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization=owner.organization, public=True)
    page = owner.get(page_of(app, "quick-start")).page
    link, verifier = (page.select_one(f"#{id}").get_text() for id in ("authorize-link", "verifier"))  # type: ignore[union-attr]
    answer = site.owner().approve(link.removeprefix(site.url))
    assert app.exchange(answer.parameters["code"], code_verifier=verifier).status == 200


def test_without_a_callback_url_the_page_says_what_is_missing(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization=owner.organization, callback_urls=[])
    page = owner.get(page_of(app, "quick-start"))
    assert "has no callback URL yet" in page.words
    assert page.page.select_one("#authorize-link") is None


def test_the_secret_is_never_in_it(owner: Owner, our_app: PartnerApp) -> None:
    text = owner.get(page_of(our_app, "quick-start")).text
    assert our_app.client_id in text
    assert str(our_app.secret)[:20] not in text


# The test run


def start(owner: Owner, app: PartnerApp) -> str:
    """Press the button; the address of the authorization form."""
    answer = owner.submit(owner.get(page_of(app, "quick-start")).form("form[action$='/test-callback']"))
    assert answer.status == 303
    return answer.location


def test_a_run_leads_through_the_real_form_back_to_this_site(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    back = owner.decide(owner.get(start(owner, our_app)))
    assert back.location.startswith(f"{site.url}{page_of(our_app, 'test-callback')}?code=")
    page = owner.get(back.location)
    steps = page.page.select_one("[data-run]")
    assert steps is not None
    assert "the answer belongs to this browser" in page.words
    exchanged = our_app.exchange(
        str(steps["data-code"]), redirect_uri=str(steps["data-callback"]), code_verifier=str(steps["data-verifier"])
    )
    assert exchanged.status == 200
    assert our_app.version(exchanged).status == 200


def test_it_needs_no_callback_url(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization=owner.organization, callback_urls=[])
    assert "code=" in owner.decide(owner.get(start(owner, app))).location


def test_a_run_asks_each_time(owner: Owner, our_app: PartnerApp) -> None:
    for _ in range(2):
        page = owner.get(start(owner, our_app))
        assert page.page.select_one("form.consent") is not None
        owner.decide(page)


def test_a_refusal_is_explained(owner: Owner, our_app: PartnerApp) -> None:
    page = owner.get(owner.decide(owner.get(start(owner, our_app)), "deny").location)
    assert "Access was refused." in page.words
    assert page.page.select_one("[data-step=exchange]") is None


def test_an_answer_of_another_run_is_refused(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    back = owner.decide(owner.get(start(owner, our_app))).location
    start(owner, our_app)
    assert "belongs to another run" in owner.get(back).words
    colleague = site.member(owner.organization, role=Role.ADMIN)
    colleague.sign_in()
    page = colleague.get(back)
    assert "belongs to another run" in page.words
    assert parse_qs(urlsplit(back).query)["code"][0] not in page.text


def test_nobody_else_can_be_sent_to_the_test_callback(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    callback = f"{site.url}{page_of(our_app, 'test-callback')}"
    link = our_app.authorize_link(redirect_uri=callback)
    stranger, member = site.owner(), site.member(owner.organization)
    colleague = site.member(owner.organization, role=Role.ADMIN)
    assert stranger.get(link).status == 400, "nobody is signed in"
    for person, status in ((stranger, 400), (member, 400), (colleague, 200)):
        person.sign_in()
        answer = person.get(link)
        assert answer.status == status
        assert ("The way back is not registered" in answer.words) is (status == 400)


@pytest.mark.parametrize("change", ["?x=1", "/", "#x", "/../test-callback"])
def test_the_test_callback_is_compared_to_the_letter(site: Site, owner: Owner, our_app: PartnerApp, change: str) -> None:
    callback = f"{site.url}{page_of(our_app, 'test-callback')}{change}"
    assert owner.get(our_app.authorize_link(redirect_uri=callback)).status == 400


def test_the_test_callback_of_another_app_is_none(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    other = site.partner_app(organization=owner.organization)
    callback = f"{site.url}{page_of(other, 'test-callback')}"
    assert owner.get(our_app.authorize_link(redirect_uri=callback)).status == 400


def test_without_javascript_there_is_a_command_for_the_terminal(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    page = owner.get(owner.decide(owner.get(start(owner, our_app))).location)
    command = unescape(page.text.partition('id="curl-2">')[2].partition("</code>")[0])
    assert command.startswith(f'curl {site.url}/uaa/oauth/token -u "{our_app.client_id}:$UAA_CLIENT_SECRET"')


# Code that runs

PROGRAMS = {
    "python": ("app.py", [sys.executable]),
    "node": ("app.mjs", ["node"]),
    "php": ("app.php", ["php", "-S", "127.0.0.1:{port}"]),
    "go": ("app.go", ["go", "run"]),
}


@contextlib.contextmanager
def running(command: list[str], folder: Path, port: int, secret: str | None) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {"UAA_CLIENT_SECRET": secret} if secret else {}
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(10)


@pytest.mark.parametrize("public", [False, True], ids=["confidential", "public"])
@pytest.mark.parametrize("language", PROGRAMS)
def test_the_program_connects_an_account(live_site: Site, tmp_path: Path, language: str, public: bool) -> None:
    name, command = PROGRAMS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not here")
    port = free_port()
    developer, person = live_site.owner(), live_site.owner()
    developer.sign_in()
    callback = f"http://127.0.0.1:{port}/oauth/callback"
    app = live_site.partner_app(
        organization=developer.organization, callback_urls=[callback], public=public, scope="UseEvents read:contacts"
    )
    (tmp_path / name).write_text(code(developer, app, f"code-{language}"))
    command = [part.format(port=port) for part in command]
    with running([*command, name], tmp_path, port, app.secret), requests.Session() as browser:
        browser.trust_env = False
        away = browser.get(f"http://127.0.0.1:{port}/connect", allow_redirects=False, timeout=30)
        assert away.status_code == 302, away.text
        back = person.approve(away.headers["Location"])
        answer = browser.get(back.location, timeout=30)
        assert answer.json()["organisationName"] == person.organization, answer.text
        again = browser.get(back.location, timeout=30)
        assert again.status_code == 400 or "organisationName" not in again.text, "an answer counts once"
        assert requests.get(back.location, timeout=30).status_code == 400, "another browser's answer is refused"


def test_the_commands_connect_an_account(live_site: Site) -> None:
    if shutil.which("bash") is None or shutil.which("curl") is None or shutil.which("openssl") is None:
        pytest.skip("bash, curl or openssl is not here")
    developer, person = live_site.owner(), live_site.owner()
    developer.sign_in()
    app = live_site.partner_app(
        organization=developer.organization,
        callback_urls=["https://p.example/cb?a='b'&c=$(d)"],
        scope="UseEvents UseMessages",
    )
    process = subprocess.Popen(
        ["bash", "-c", code(developer, app, "code-curl")], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=os.environ | {"UAA_CLIENT_SECRET": str(app.secret), "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    query = parse_qs(urlsplit(link).query)
    assert query["redirect_uri"] == ["https://p.example/cb?a='b'&c=$(d)"]
    back = person.approve(link)
    process.stdin.write(back.parameters["code"] + "\n")
    process.stdin.flush()
    tokens = process.stdout.readline()
    assert '"access_token"' in tokens, tokens
    access, refresh = (tokens.partition(f'"{name}":"')[2].partition('"')[0] for name in ("access_token", "refresh_token"))
    rest, _ = process.communicate(f"{access}\n{refresh}\n", timeout=30)
    assert person.organization in rest
    assert rest.count("uaa_rt_") == 1


def test_the_challenge_in_the_link_is_of_the_verifier(owner: Owner, our_app: PartnerApp) -> None:
    link = start(owner, our_app)
    page = owner.get(owner.decide(owner.get(link)).location)
    run = page.page.select_one("[data-run]")
    assert run is not None
    digest = hashlib.sha256(str(run["data-verifier"]).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert parse_qs(urlsplit(link).query)["code_challenge"] == [challenge]
