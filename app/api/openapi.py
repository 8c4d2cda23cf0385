"""The OpenAPI 3.1 document of the API, made of what each method declares."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .. import scopes
from ..services.contact_values import LANGUAGE
from . import examples
from .endpoint import Endpoint
from .examples import Example
from .groups import GROUPS

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_TYPES = {
    "int": {"type": "integer", "format": "int64"},
    "uuid": {"type": "string", "format": "uuid"},
    "language": {"type": "string", "pattern": rf"^\s*({LANGUAGE})\s*$", "maxLength": 35},
}
_REF = "#/components/schemas/{model}"

_ERRORS = {
    400: "The request is malformed, or contradicts itself.",
    401: "There is no credential, or it is unknown, expired or ended.",
    403: "The credential lacks the method's scope, which the answer names.",
    404: "There is no such thing in the caller's organization.",
    409: "The present state forbids it.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some members are not acceptable; `errors` says which and why.",
    429: "The credential's window is used up; `Retry-After` says for how many seconds.",
    503: "The service is not available for a moment.",
}
_ALWAYS, _WITH_SCOPE, _WITH_BODY, _WITH_PATH = (401, 429, 503), (403,), (400, 413, 415, 422), (404,)


def document(endpoints: Sequence[Endpoint], *, issuer: str, version: str) -> dict[str, Any]:
    """The document for ``endpoints``, as served on the server with the public address ``issuer``."""
    shapes, definitions = _shapes(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        for path in (endpoint.path, *endpoint.aliases):
            paths.setdefault(_template(path), {})[endpoint.verb.lower()] = _operation(endpoint, path, shapes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Resource API",
            "version": version,
            "description": "Contacts, segments, events and messages of an organization, for apps that it has connected "
            "and for scripts that hold one of its API keys.",
        },
        "servers": [{"url": f"{issuer}/api"}],
        "tags": [{"name": group.title, "description": f"{group.scope.allows}."} for group in GROUPS],
        "paths": paths,
        "components": {
            "schemas": definitions | {"Error": _ERROR},
            "responses": {str(status): _error(status, sentence) for status, sentence in _ERRORS.items()},
            "securitySchemes": _security_schemes(issuer),
        },
    }


class _Shapes(GenerateJsonSchema):
    """Answers leave out what is unset and have no null; titles that only repeat names say nothing."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"]) if self._never_null else super().nullable_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        shape = super().default_schema(schema)
        if self._never_null and shape.get("default", ...) is None:
            del shape["default"]
        return shape

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    @property
    def _never_null(self) -> bool:
        return self.mode == "serialization"


def _for_readers(shape: JsonSchemaValue) -> JsonSchemaValue:
    """``shape`` without what its description says to readers of the code."""
    description = shape.pop("description", "").partition(":param")[0].replace("``", "`").strip()
    return {"description": description} | shape if description else shape


class _QueryShapes(_Shapes):
    """A query string can't say null, either."""

    _never_null = True


def _shapes(endpoints: Sequence[Endpoint]) -> tuple[dict[Any, Any], dict[str, Any]]:
    wanted: list[Any] = []
    for endpoint in endpoints:
        wanted.append(((id(endpoint), "returns"), "serialization", TypeAdapter(endpoint.returns)))
        if endpoint.body is not None:
            wanted.append(((id(endpoint), "body"), "validation", TypeAdapter(endpoint.body)))
    made, definitions = TypeAdapter.json_schemas(wanted, by_alias=True, ref_template=_REF, schema_generator=_Shapes)
    shapes = {key: shape for (key, _mode), shape in made.items()}
    return shapes, {name: _for_readers(shape) for name, shape in definitions.get("$defs", {}).items()}


def _operation(endpoint: Endpoint, path: str, shapes: dict[Any, Any]) -> dict[str, Any]:
    example = examples.recorded().get(endpoint.name)
    parameters = _path_parameters(path) + _query_parameters(endpoint.query)
    if example is not None:
        _show(parameters, example)
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.group.title],
        "security": [{"oauth": [endpoint.scope] if endpoint.scope else []}, {"bearer": []}, {"key": []}],
        "responses": {"200": _success(shapes[id(endpoint), "returns"], example, paged=_is_paged(parameters))}
        | _errors(endpoint, path),
        "x-number": endpoint.number,
        "x-rate-limit": endpoint.limit.value,
    }
    if parameters:
        operation["parameters"] = parameters
    if endpoint.deprecated:
        operation["deprecated"] = True
    if endpoint.body is not None:
        content = {"schema": shapes[id(endpoint), "body"]} | ({"example": example.body} if example else {})
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _show(parameters: list[dict[str, Any]], example: Example) -> None:
    for parameter in parameters:
        values = example.path if parameter["in"] == "path" else example.query
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]


def _template(path: str) -> str:
    return _PARAMETER.sub(r"{\2}", path)


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _TYPES.get(kind, {"type": "string"})}
        for kind, name in _PARAMETER.findall(path)
    ]


def _query_parameters(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    shape = query.model_json_schema(by_alias=True, schema_generator=_QueryShapes)
    required = shape.get("required", [])
    found = []
    for name, schema in shape.get("properties", {}).items():
        is_required = name in required
        parameter = {"name": name, "in": "query", "required": is_required, "allowEmptyValue": not is_required}
        parameter["schema"] = schema
        if "description" in schema:
            parameter["description"] = schema["description"]
        found.append(parameter)
    return found


def _is_paged(parameters: list[dict[str, Any]]) -> bool:
    return any(parameter["name"] == "startindex" for parameter in parameters)


def _success(shape: dict[str, Any], example: Example | None, *, paged: bool) -> dict[str, Any]:
    names = {
        "X-Request-Id": ("Quote it when asking for help.", "string"),
        "X-RateLimit-Limit": ("Calls in a window.", "integer"),
        "X-RateLimit-Remaining": ("Calls left in this window.", "integer"),
    }
    if paged:
        names["TotalCount"] = ("How many there are on all pages.", "integer")
    headers = {name: {"description": text, "schema": {"type": kind}} for name, (text, kind) in names.items()}
    content = {"schema": shape} | ({"example": example.answer} if example else {})
    return {"description": "Done.", "headers": headers, "content": {"application/json": content}}


def _errors(endpoint: Endpoint, path: str) -> dict[str, Any]:
    statuses = set(_ALWAYS if endpoint.scope is None else _ALWAYS + _WITH_SCOPE)
    if endpoint.body is not None:
        statuses.update(_WITH_BODY)
    if endpoint.query is not None:
        statuses.add(400)
    # What is deleted is named in the address or in the query.
    if "<" in path or (endpoint.verb == "DELETE" and endpoint.query is not None):
        statuses.update(_WITH_PATH)
    return {str(status): _reference(status, endpoint) for status in sorted(statuses | endpoint.errors.keys())}


def _reference(status: int, endpoint: Endpoint) -> dict[str, str]:
    own = {"description": endpoint.errors[status]} if status in endpoint.errors else {}
    return {"$ref": f"#/components/responses/{status}"} | own


_ERROR = {
    "type": "object",
    "required": ["error", "detail", "message", "status"],
    "properties": {
        "error": {"type": "string", "description": "A code for programs."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "message": {"type": "string", "description": "The same sentence."},
        "status": {"type": "integer"},
        "errors": {
            "type": "object",
            "description": "Member -> what is wrong with it; with status 422 only.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def _error(status: int, sentence: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": sentence,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    header = {401: "WWW-Authenticate", 403: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}.get(status)
    if header:
        answer["headers"] = {header: {"schema": {"type": "string"}}}
    return answer


def _security_schemes(issuer: str) -> dict[str, Any]:
    flow = {
        "authorizationUrl": f"{issuer}/uaa/oauth/authorize",
        "tokenUrl": f"{issuer}/uaa/oauth/token",
        "refreshUrl": f"{issuer}/uaa/oauth/token",
        "scopes": {scope.name: scope.allows for scope in scopes.SCOPES},
    }
    return {
        "oauth": {
            "type": "oauth2",
            "description": "The authorization-code flow, with PKCE (S256).",
            "flows": {"authorizationCode": flow},
        },
        "bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."},
        "key": {"type": "http", "scheme": "basic", "description": "Any user name, and an API key as the password."},
    }
