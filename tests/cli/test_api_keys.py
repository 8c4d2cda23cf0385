"""``flask api-keys``."""

import pytest

from tests.support.sites import Site

from .conftest import Flask, Said


@pytest.fixture(autouse=True)
def _shop(site: Site) -> None:
    site.owner(organization="Acme")


def _create(flask: Flask, *options: str, scope: str = "UseRestApi") -> Said:
    return flask("api-keys", "create", "--organization", "Acme", "--label", "Import", "--scope", scope, *options)


def _status(site: Site, key: str) -> int:
    return site.get("/api/v1/version", headers={"Authorization": f"Bearer {key}"}).status


def test_a_key_works_until_it_is_revoked(flask: Flask, site: Site) -> None:
    made = _create(flask, "--scope", "UseEvents").result
    assert list(made) == ["key", "prefix", "scopes"]
    assert made["scopes"] == ["UseRestApi", "UseEvents"]
    assert made["key"].startswith(made["prefix"])
    assert _status(site, made["key"]) == 200

    [listed] = flask("api-keys", "list", "--organization", "Acme").result
    assert (listed["prefix"], listed["label"], listed["revoked_at"]) == (made["prefix"], "Import", None)
    assert made["key"] not in str(listed)
    revoked = flask("api-keys", "revoke", str(listed["id"]), "--organization", "Acme").result
    assert revoked["revoked_at"] is not None
    assert _status(site, made["key"]) == 401


def test_a_key_of_another_organization_is_not_found(flask: Flask, site: Site) -> None:
    site.owner(organization="Other")
    _create(flask)
    [listed] = flask("api-keys", "list", "--organization", "Acme").result
    assert flask("api-keys", "list", "--organization", "Other").result == []
    assert flask("api-keys", "revoke", str(listed["id"]), "--organization", "Other").error["error"] == "not_found"


def test_what_is_wrong_is_said(flask: Flask) -> None:
    assert list(_create(flask, scope="UseEverything").error["errors"]) == ["scope"]
    assert flask("api-keys", "list", "--organization", "Nobody").error["error"] == "not_found"
    assert flask("api-keys", "revoke", "one", "--organization", "Acme").status == 2
