"""``flask methods``."""

from app.api.endpoint import ENDPOINTS

from .conftest import Flask


def test_every_method_is_listed_with_what_it_needs(flask: Flask) -> None:
    listed = flask("methods", "list").result
    assert len(listed) == len(ENDPOINTS)
    by_address = {(method["verb"], method["path"]): method for method in listed}
    assert by_address["GET", "/api/v1/version"]["scope"] is None
    contact = by_address["GET", "/api/v1/contact/{id}"]
    assert contact == {
        "number": "3.2",
        "verb": "GET",
        "path": "/api/v1/contact/{id}",
        "group": "Reading contacts and segments",
        "scope": "read:contacts",
        "summary": contact["summary"],
        "deprecated": False,
    }
    assert all(method["summary"] for method in listed)


def test_they_are_in_the_order_of_the_reference(flask: Flask) -> None:
    numbers = [[int(part) for part in method["number"].split(".")] for method in flask("methods", "list").result]
    assert numbers == sorted(numbers)
