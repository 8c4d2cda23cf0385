"""``flask connections``."""

from tests.support.sites import Site

from .conftest import Flask


def test_a_connection_is_listed_and_ended(flask: Flask, site: Site) -> None:
    owner, app = site.owner(organization="Acme"), site.partner_app(name="Stripo")
    tokens = app.connect(owner, scope="UseEvents")

    [connection] = flask("connections", "list", "--organization", "Acme").result
    assert connection == {
        "id": connection["id"],
        "client_id": app.client_id,
        "name": "Stripo",
        "scopes": ["UseEvents"],
        "approved_by": owner.email,
        "approved_at": connection["approved_at"],
        "ends_at": None,
    }

    ended = flask("connections", "revoke", str(connection["id"]), "--organization", "Acme").result
    assert (ended["name"], ended["reason"]) == ("Stripo", "owner_disconnected")
    assert app.version(tokens).status == 401
    assert app.refresh(tokens).reason == "owner_disconnected"
    assert flask("connections", "list", "--organization", "Acme").result == []
    again = flask("connections", "revoke", str(connection["id"]), "--organization", "Acme")
    assert (again.status, again.error["error"]) == (1, "not_found")


def test_a_connection_of_another_organization_is_not_found(flask: Flask, site: Site) -> None:
    site.owner(organization="Other")
    app = site.partner_app()
    tokens = app.connect(site.owner(organization="Acme"))
    [connection] = flask("connections", "list", "--organization", "Acme").result
    said = flask("connections", "revoke", str(connection["id"]), "--organization", "Other")
    assert (said.status, said.error["error"]) == (1, "not_found")
    assert app.version(tokens).status == 200
    assert flask("connections", "list", "--organization", "Nobody").error["error"] == "not_found"
