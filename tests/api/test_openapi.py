"""/openapi.json says what the API does, and nothing else."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import scopes
from app.api.endpoint import ENDPOINTS
from app.api.openapi import _template
from tests.support.sites import Site

from .shop import Shop


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    answer = site.get("/openapi.json")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found: dict[str, Any] = answer.json
    return found


def test_every_method_is_described_under_its_group_with_its_scope(document: dict[str, Any]) -> None:
    for endpoint in ENDPOINTS:
        for path in (endpoint.path, *endpoint.aliases):
            operation = document["paths"][_template(path)][endpoint.verb.lower()]
            assert operation["summary"] == endpoint.summary
            assert operation["tags"] == [endpoint.group.title]
            assert operation["security"][0] == {"oauth": [endpoint.scope] if endpoint.scope else []}
            assert operation.get("deprecated", False) == endpoint.deprecated
            assert {"200", "401", "429", "503"} <= operation["responses"].keys()
            assert ("403" in operation["responses"]) == bool(endpoint.scope)


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_it_speaks_to_its_readers(document: dict[str, Any]) -> None:
    """Answers have no null, and words that are meant for the code stay there."""
    said = json.dumps(document)
    assert ":param" not in said
    assert "``" not in said
    for path in document["paths"].values():
        for operation in path.values():
            answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert '"null"' not in json.dumps(_followed(answer, document)), operation["operationId"]


def _followed(schema: Any, document: dict[str, Any]) -> Any:
    """``schema`` with what its references lead to."""
    if isinstance(schema, dict) and "$ref" in schema:
        return _followed(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if isinstance(schema, dict):
        return {name: _followed(part, document) for name, part in schema.items()}
    return [_followed(part, document) for part in schema] if isinstance(schema, list) else schema


def test_every_method_has_an_example_that_fits_its_shapes(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            answers = operation["responses"]["200"]["content"]["application/json"]
            bodies = operation.get("requestBody", {}).get("content", {}).values()
            for content in (answers, *bodies):
                whole = content["schema"] | {"components": document["components"]}
                Draft202012Validator(whole).validate(content["example"])
            parameters = [one for one in operation.get("parameters", []) if one["required"]]
            assert all("example" in parameter for parameter in parameters), operation["operationId"]


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in _references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in _references(inner)]
    return [found for inner in value for found in _references(inner)] if isinstance(value, list) else []


def test_the_flow_leads_to_this_server(site: Site, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"{site.url}/api"}]
    flow = document["components"]["securitySchemes"]["oauth"]["flows"]["authorizationCode"]
    assert flow["authorizationUrl"] == f"{site.url}/uaa/oauth/authorize"
    assert set(flow["scopes"]) == {scope.name for scope in scopes.SCOPES}


def test_query_parameters_are_the_ones_that_work(site: Site, document: dict[str, Any]) -> None:
    parameters = {parameter["name"] for parameter in document["paths"]["/v1/contacts"]["get"]["parameters"]}
    assert {"startindex", "maxrows", "externalCustomerId", "sortBy", "email"} <= parameters
    assert Shop(site).get("/v1/contacts", sortBy="contactId").status == 200


def test_errors_have_the_shape_that_is_described(site: Site, document: dict[str, Any]) -> None:
    shape = document["components"]["schemas"]["Error"]
    for answer in (site.get("/api/v1/version"), Shop(site).get("/v1/contacts", maxrows="x"), Shop(site).post({})):
        assert set(shape["required"]) <= answer.json.keys() <= shape["properties"].keys()
