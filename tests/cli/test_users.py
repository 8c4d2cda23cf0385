"""``flask users``."""

from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent
from tests.support.owner import Owner
from tests.support.sites import Site

from .conftest import Flask, Said


def _create(flask: Flask, email: str, *, password: str = "correct horse battery", organization: str = "Acme") -> Said:
    return flask("users", "create", "--email", email, "--password", password, "--organization", organization)


def test_the_first_person_of_a_new_organization_is_its_owner(flask: Flask) -> None:
    first = _create(flask, "Ann@Example.com").result
    assert first == {"id": first["id"], "email": "ann@example.com", "organization": "Acme", "role": "owner"}
    assert isinstance(first["id"], int)
    assert _create(flask, "bob@example.com").result["role"] == "member"
    assert _create(flask, "cy@example.com", organization="Other").result["role"] == "owner"


def test_who_was_made_on_the_command_line_can_sign_in(flask: Flask, site: Site) -> None:
    _create(flask, "ann@example.com")
    ann = Owner(site, email="ann@example.com", password="correct horse battery", organization="Acme", organization_id=1)
    assert ann.sign_in().status == 302


def test_an_address_has_one_account(flask: Flask) -> None:
    _create(flask, "ann@example.com")
    again = _create(flask, "ANN@example.com", organization="Other")
    assert (again.status, again.error["error"]) == (1, "conflict")


def test_what_is_wrong_is_said_by_field(flask: Flask) -> None:
    said = _create(flask, "ann@example.com", password="short")
    assert said.status == 1
    assert said.error["error"] == "invalid"
    assert list(said.error["errors"]) == ["password"]
    assert list(_create(flask, "no address").error["errors"]) == ["email"]
    assert list(_create(flask, "ann@example.com", organization=" ").error["errors"]) == ["organization"]


def test_nothing_is_left_of_a_refused_person(flask: Flask, site: Site) -> None:
    assert _create(flask, "ann@example.com", organization=" ").status == 1
    assert _create(flask, "ann@example.com").result["role"] == "owner"


def test_the_audit_log_says_that_it_was_the_command_line(flask: Flask, site: Site) -> None:
    _create(flask, "ann@example.com")
    with site.rules():
        assert set(db.session.scalars(select(AuditEvent.actor))) == {"command line"}


def test_a_missing_option_is_an_error_in_json_too(flask: Flask) -> None:
    said = flask("users", "create", "--email", "ann@example.com", "--password", "correct horse battery")
    assert (said.status, said.error["error"]) == (2, "usage")
    assert "--organization" in said.error["detail"]
    assert flask("users", "destroy").error["error"] == "usage"
