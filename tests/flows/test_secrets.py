"""No secret that was handed out lies in the database, its files or the log."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.clock import now
from app.oauth.token_request import Presented
from app.secret_values import Issued
from app.services.token_pairs import PairLifetime, TokenPair
from tests.support import secret_hunt
from tests.support.databases import Postgres
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Proof
from tests.support.servers import Server
from tests.support.sites import Site


@pytest.fixture(params=["sqlite", "postgresql"])
def talkative_server(request: pytest.FixtureRequest, start_server: Callable[..., Server]) -> Server:
    """One whose log says all that it ever would."""
    if request.param == "sqlite":
        return start_server(log_level="DEBUG")
    postgres: Postgres = request.getfixturevalue("postgres")
    return start_server(log_level="DEBUG", database_url=postgres.new_database())


def login_secret_in(cookie: str) -> str:
    """The secret that a signed-in browser's cookie carries."""
    payload = cookie.removeprefix(".").split(".")[0]
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return str(json.loads(zlib.decompress(content) if cookie.startswith(".") else content)["_user_id"])


def live_through(site: Site) -> dict[str, str]:
    """Use everything that hands out or takes a secret, also wrongly; the secrets by name."""
    owner, app = site.owner(password="a password of 1 owner"), site.partner_app()
    secrets = {"client secret": app.secret or "", "password": owner.password, "API key": site.api_key(owner.organization)}
    proof = Proof.new()
    code = app.code_from(owner, **proof.parameters)
    first = app.exchange(code, via="query", code_verifier=proof.verifier)
    second = app.refresh(first, via="query")
    third = app.refresh(second, via="body")
    unspent = app.code_from(owner)
    secrets |= {"code": code, "unspent code": unspent, "verifier": proof.verifier}
    for number, tokens in enumerate((first, second, third)):
        secrets |= {f"access token {number}": tokens.access_token, f"refresh token {number}": tokens.refresh_token}
    secrets["session cookie"] = owner.browser.cookies["session"]
    secrets["login secret"] = login_secret_in(secrets["session cookie"])
    misuse(site, owner, app, secrets)
    return secrets


def misuse(site: Site, owner: Owner, app: PartnerApp, secrets: dict[str, str]) -> None:
    """Requests that are refused, and logged as such."""
    for secret in list(secrets.values()):
        site.get("/api/v1/version", headers={"Authorization": f"Bearer {secret}"})
        site.get("/api/v1/version", auth=("", secret))
        site.get("/api/v1/version", params={"access_token": secret})
        app.refresh(secret, via="query")
        app.exchange(secret, via="query", redirect_uri="https://elsewhere.example/")
        owner.new_browser().sign_in(password=secret)
        site.get(app.authorize_link(state=secret, redirect_uri=f"https://elsewhere.example/?{secret[:0]}"))
    site.post("/uaa/oauth/token", params={"client_id": app.client_id, "client_secret": app.secret, "grant_type": "x"})
    site.post("/uaa/oauth/revoke", data={"token": "x"}, auth=(app.client_id, app.secret or ""))


def test_no_secret_is_stored_or_logged(talkative_server: Server, site_of: Callable[[Server], Site]) -> None:
    site = site_of(talkative_server)
    secrets = live_through(site)
    stored = list(secret_hunt.rows_of(site.app))
    assert secret_hunt.stored_form(secrets["unspent code"]) in {content for _, content in stored}, "the hunt sees the rows"
    assert not secret_hunt.find(secrets, iter(stored))
    assert not secret_hunt.find(secrets, secret_hunt.files_of(talkative_server.instance_path))
    log = Path(talkative_server.log_path).read_bytes()
    assert b"/uaa/oauth/token" in log
    assert b"/login" in log
    assert not secret_hunt.find(secrets, iter([("log", log)]))


def test_the_hunt_finds_what_is_there() -> None:
    secret = "uaa_at_" + "ab" * 32 + "12345678"
    for content in (secret.encode(), bytes.fromhex("ab" * 32), secret.encode().hex().encode(), ("ab" * 32).encode()):
        assert secret_hunt.find({"it": secret}, iter([("here", b"x" + content + b"y")])) == ["it in here"]
    assert not secret_hunt.find({"it": secret}, iter([("here", secret_hunt.stored_form(secret))]))


def test_secrets_print_as_nothing() -> None:
    lifetime = PairLifetime(made_at=now(), access_until=now(), refresh_until=now())
    for carrier in (
        Presented("id", "s3cret", "client_secret_basic"),
        Issued(None, "s3cret"),
        TokenPair("s3cret", "s3cret", "UseEvents", lifetime),
    ):
        assert "s3cret" not in f"{carrier!r} {carrier}"
