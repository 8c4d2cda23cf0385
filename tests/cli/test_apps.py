"""``flask apps``."""

import re

import pytest

from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

from .conftest import Flask, Said

ONE, OTHER = "https://one.example/callback", "http://127.0.0.1:8081/test/callback"


@pytest.fixture(autouse=True)
def _developer(site: Site) -> None:
    site.owner(organization="Acme")


def _register(flask: Flask, *options: str, name: str = "Stripo", scope: str = "UseRestApi") -> Said:
    return flask("apps", "register", "--organization", "Acme", "--name", name, "--scope", scope, *options)


def test_a_registered_app_completes_the_flow(flask: Flask, site: Site) -> None:
    made = _register(flask, "--callback-url", ONE, "--callback-url", OTHER).result
    assert list(made) == ["client_id", "client_secret", "name", "callback_urls", "scopes"]
    assert (made["name"], made["callback_urls"], made["scopes"]) == ("Stripo", [ONE, OTHER], ["UseRestApi"])
    assert re.fullmatch("[A-Za-z0-9_]+", made["client_id"] + made["client_secret"])
    app = PartnerApp(site, client_id=made["client_id"], secret=made["client_secret"], callback_urls=(ONE, OTHER))
    assert app.version(app.connect(site.owner())).status == 200


def test_a_public_app_gets_no_secret(flask: Flask, site: Site) -> None:
    made = _register(flask, "--public", "--callback-url", "com.example.app:/callback").result
    assert "client_secret" not in made
    app = PartnerApp(site, client_id=made["client_id"], secret=None, callback_urls=("com.example.app:/callback",))
    assert app.version(app.connect(site.owner())).status == 200


def test_scopes_may_be_repeated_or_in_one_word(flask: Flask) -> None:
    made = _register(flask, "--scope", "UseMessages", "--scope", "UseEvents", scope="UseEvents read:contacts").result
    assert made["scopes"] == ["UseEvents", "read:contacts", "UseMessages"]
    assert made["callback_urls"] == []


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--callback-url", "http://one.example/callback"], "callback_urls"),
        (["--callback-url", "https://one.example/#x"], "callback_urls"),
        (["--scope", "UseEverything"], "scope"),
    ],
)
def test_what_is_wrong_is_said_by_field(flask: Flask, options: list[str], field: str) -> None:
    said = _register(flask, *options)
    assert (said.status, list(said.error["errors"])) == (1, [field])
    assert flask("apps", "list").result == []


def test_the_organization_must_exist(flask: Flask) -> None:
    said = flask("apps", "register", "--organization", "Nobody", "--name", "X", "--scope", "UseEvents")
    assert (said.status, said.error["error"]) == (1, "not_found")


def test_a_suspended_app_does_nothing_until_it_is_resumed(flask: Flask, site: Site) -> None:
    app = site.partner_app(name="Stripo")
    tokens = app.connect(site.owner())
    said = flask("apps", "suspend", app.client_id).result
    assert said == {"client_id": app.client_id, "name": "Stripo", "status": "suspended"}
    assert app.version(tokens).status == 401
    assert flask("apps", "resume", app.client_id).result["status"] == "active"
    assert app.version(tokens).status == 200


def test_deleting_an_app_ends_its_connections(flask: Flask, site: Site) -> None:
    app = site.partner_app(name="Stripo")
    tokens, others = app.connect(site.owner()), app.connect(site.owner())
    said = flask("apps", "delete", app.client_id).result
    assert said == {"client_id": app.client_id, "name": "Stripo", "status": "deleted", "connections_ended": 2}
    assert [app.version(each).status for each in (tokens, others)] == [401, 401]
    assert flask("apps", "delete", app.client_id).error["error"] == "not_found"
    assert flask("apps", "list").result == []


def test_the_list_shows_everything_but_secrets(flask: Flask, site: Site) -> None:
    made = _register(flask, "--callback-url", ONE).result
    site.partner_app(organization="Other", name="Another")
    newest, oldest = flask("apps", "list").result
    assert (newest["name"], newest["organization"]) == ("Another", "Other")
    assert flask("apps", "list", "--organization", "Acme").result == [oldest]
    assert oldest == {
        "client_id": made["client_id"],
        "name": "Stripo",
        "status": "active",
        "organization": "Acme",
        "type": "confidential",
        "callback_urls": [ONE],
        "scopes": ["UseRestApi"],
        "secrets": [made["client_secret"][: len(oldest["secrets"][0])]],
    }
    assert len(oldest["secrets"][0]) < 20


def test_secrets_are_changed_without_an_interruption(flask: Flask, site: Site) -> None:
    app = site.partner_app()
    tokens = app.connect(site.owner())
    [old_hint] = flask("apps", "list").result[0]["secrets"]
    made = flask("apps", "add-secret", app.client_id).result
    assert list(made) == ["client_id", "client_secret", "hint"]
    assert flask("apps", "add-secret", app.client_id).error["error"] == "conflict"

    tokens = app.refresh(tokens)
    assert flask("apps", "retire-secret", app.client_id, old_hint).result["retired"] == old_hint
    assert app.refresh(tokens).error == "invalid_client"
    app.secret = made["client_secret"]
    assert app.refresh(tokens).status == 200
    assert flask("apps", "retire-secret", app.client_id, made["hint"]).error["error"] == "conflict"
    assert flask("apps", "retire-secret", app.client_id, old_hint).error["error"] == "not_found"


@pytest.mark.parametrize("command", ["suspend", "resume", "delete", "add-secret"])
def test_an_unknown_app_is_an_error(flask: Flask, command: str) -> None:
    said = flask("apps", command, "0" * 32)
    assert (said.status, said.error["error"]) == (1, "not_found")
