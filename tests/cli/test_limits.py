"""``flask limits``: limits of apps and organizations in the place of the server's own."""

from collections.abc import Callable

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.servers import Server
from tests.support.sites import Site
from tests.support.waiting import until

from .conftest import Flask, command_line


def _limit(site: Site, credential: str) -> int:
    answer = site.get("/api/v1/version", headers={"Authorization": f"Bearer {credential}"})
    return int(answer.headers["X-RateLimit-Limit"])


def _look(site: Site) -> None:
    """Let the process see now what it would see within a second."""
    site.app.extensions["limits_reader"].read()


def test_the_nearest_limit_is_in_force(flask: Flask, site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    token = partner_app.connect(owner).access_token
    key, other = site.api_key(owner.organization), site.api_key("Somebody else")
    assert [_limit(site, one) for one in (token, key, other)] == [600, 600, 600]
    organization, app = ("--organization", owner.organization), ("--app", partner_app.client_id)
    assert flask("limits", "set", *organization, "--class", "general", "70/minute").result["general"] == {
        "limit": "70/minute", "own": True,
    }  # fmt: skip
    flask("limits", "set", *organization, "--class", "import", "9/hour")
    _look(site)
    assert [_limit(site, one) for one in (token, key, other)] == [70, 70, 600]
    flask("limits", "set", *app, "--class", "general", "5/minute")
    flask("limits", "set", *app, "--class", "general", "80/10second")
    _look(site)
    assert [_limit(site, one) for one in (token, key, other)] == [80, 70, 600]
    assert flask("limits", "list").result == {
        "server": {"general": "600/minute", "import": "5/minute", "send": "5/minute", "token": "1200/minute"},
        "own": [
            {"organization": owner.organization, "class": "general", "limit": "70/minute"},
            {"organization": owner.organization, "class": "import", "limit": "9/hour"},
            {"app": partner_app.client_id, "name": "Partner", "class": "general", "limit": "80/10second"},
        ],
    }
    assert "Calls 80 in 10 seconds Set by the operator" in owner.get("/settings/connected-apps/1").words
    flask("limits", "clear", *app)
    assert flask("limits", "clear", *organization, "--class", "import").result["general"]["own"] is True
    _look(site)
    assert [_limit(site, one) for one in (token, key, other)] == [70, 70, 600]
    page = owner.get("/settings/connected-apps/1").words
    assert "Calls 70 per minute Set by the operator" in page
    assert "Imports 5 per minute Campaigns sent" in page
    log = owner.get("/settings/security").words
    assert "Rate limit changed" in log
    assert "70/minute" in log


def test_past_its_own_limit_a_caller_is_refused(flask: Flask, site: Site, owner: Owner) -> None:
    key = site.api_key(owner.organization)
    flask("limits", "set", "--organization", owner.organization, "--class", "general", "2/day")
    answers = [site.get("/api/v1/version", headers={"Authorization": f"Bearer {key}"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    shown = [(answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert shown == [("2", "1"), ("2", "0"), ("2", "0")]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 86400


def test_an_app_may_have_a_limit_of_token_requests(flask: Flask, site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    flask("limits", "set", "--app", partner_app.client_id, "--class", "token", "1/day")
    tokens = partner_app.connect(owner)
    assert partner_app.refresh(tokens).status == 429
    other = site.partner_app()
    assert other.refresh(other.connect(owner)).status == 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--class", "general", "5/minute"), "either --app or --organization"),
        (("--app", "x", "--organization", "Shop", "--class", "general", "5/minute"), "either --app or --organization"),
        (("--app", "x", "--class", "general", "5/minute"), "no app"),
        (("--organization", "Shop", "--class", "general", "often"), "'600/minute'"),
        (("--organization", "Shop", "--class", "general", "0/minute"), "'600/minute'"),
        (("--organization", "Shop", "--class", "general", "5/minute;6/hour"), "'600/minute'"),
        (("--organization", "Shop", "--class", "token", "5/minute"), "no limit of them"),
        (("--organization", "Shop", "--class", "login", "5/minute"), "login"),
    ],
)
def test_what_is_no_limit_is_refused(flask: Flask, site: Site, words: tuple[str, ...], sentence: str) -> None:
    site.owner(organization="Shop")
    assert sentence in flask("limits", "set", *words).error["detail"]
    assert flask("limits", "list").result["own"] == []


def test_all_processes_of_a_server_see_a_change(server: Server, site_of: Callable[[Server], Site]) -> None:
    site = site_of(server)
    owner = site.owner()
    key = site.api_key(owner.organization)
    visitors = [site.visitor() for _ in range(8)]

    def seen() -> set[str]:
        headers = {"Authorization": f"Bearer {key}"}
        answers = [visitor.send("GET", "/api/v1/version", headers=headers) for visitor in visitors]
        return {answer.headers["X-RateLimit-Limit"] for answer in answers}

    assert seen() == {"600"}
    command_line(site)("limits", "set", "--organization", owner.organization, "--class", "general", "1234/hour")
    until(lambda: seen() == {"1234"}, "both processes know")
