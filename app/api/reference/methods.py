"""The methods as people read them: made of the OpenAPI document, so that the page says what the document says."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

_DEPTH = 2  # of members within members: what lies deeper is in the OpenAPI document
_REF = "#/components/schemas/"


@dataclass(frozen=True)
class Row:
    """A parameter or member. :param level: how deep it lies within others, from 0. :param kind: its type, in words."""

    name: str
    kind: str
    level: int
    required: bool
    description: str
    facts: str


@dataclass(frozen=True)
class Method:
    """:param body: members of the request. :param answer: members of the answer. :param errors: status -> sentence."""

    id: str
    number: str
    verb: str
    path: str
    summary: str
    scope: str
    limit: str
    deprecated: bool
    parameters: list[Row]
    body: list[Row]
    answer: list[Row]
    errors: dict[str, str]
    curl: str
    example: str


@dataclass(frozen=True)
class Section:
    number: int
    title: str
    description: str
    methods: list[Method]

    @property
    def id(self) -> str:
        return f"group-{self.number}"


def sections(document: dict[str, Any]) -> list[Section]:
    """The groups of ``document`` with their methods, both in its order."""
    found = [Section(number, tag["name"], tag["description"], []) for number, tag in enumerate(document["tags"], start=1)]
    by_title = {section.title: section for section in found}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            by_title[operation["tags"][0]].methods.append(_Reader(document, path, verb.upper(), operation).method())
    for section in found:
        section.methods.sort(key=lambda method: [int(part) for part in method.number.split(".")])
    return found


class _Reader:
    def __init__(self, document: dict[str, Any], path: str, verb: str, operation: dict[str, Any]) -> None:
        self._components, self._server = document["components"], document["servers"][0]["url"]
        self._path, self._verb, self._operation = path, verb, operation

    def method(self) -> Method:
        operation, content = self._operation, self._operation["responses"]["200"]["content"]["application/json"]
        scopes = operation["security"][0]["oauth"]
        return Method(
            id=operation["operationId"],
            number=operation["x-number"],
            verb=self._verb,
            path=self._path,
            summary=operation["summary"],
            scope=scopes[0] if scopes else "",
            limit=operation["x-rate-limit"],
            deprecated=operation.get("deprecated", False),
            parameters=[self._parameter(parameter) for parameter in operation.get("parameters", [])],
            body=list(self._members(self._body.get("schema", {}))),
            answer=list(self._members(content["schema"])),
            errors={status: self._error(answer) for status, answer in operation["responses"].items() if status != "200"},
            curl=self._curl(),
            example=_pretty(content["example"]) if "example" in content else "",
        )

    @property
    def _body(self) -> dict[str, Any]:
        found: dict[str, Any] = self._operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        return found

    def _error(self, answer: dict[str, Any]) -> str:
        name = answer.get("$ref", "").rpartition("/")[2]
        sentence: str = answer.get("description") or self._components["responses"][name]["description"]
        return sentence

    def _parameter(self, parameter: dict[str, Any]) -> Row:
        schema = parameter["schema"]
        description = parameter.get("description") or schema.get("description", "")
        name, required = parameter["name"], parameter["required"]
        return Row(name, self._kind(schema), 0, required, description, self._facts(schema))

    def _members(self, schema: dict[str, Any], level: int = 0) -> Iterator[Row]:
        shape = self._object_in(schema)
        if shape is None or level == _DEPTH:
            return
        for name, member in shape.get("properties", {}).items():
            required = name in shape.get("required", [])
            description = member.get("description", "")
            yield Row(name, self._kind(member), level, required, description, self._facts(member))
            yield from self._members(member, level + 1)

    def _plain(self, schema: dict[str, Any]) -> dict[str, Any]:
        """``schema`` behind its references, and as it is written rather than as it may be sent, too."""
        while True:
            if "$ref" in schema:
                schema = self._components["schemas"][schema["$ref"].removeprefix(_REF)]
                continue
            choices = [choice for choice in schema.get("anyOf", []) if _says_something(choice)]
            if not choices or (len(choices) > 1 and not _is_one_too(choices)):
                return schema
            schema = choices[0]

    def _object_in(self, schema: dict[str, Any]) -> dict[str, Any] | None:
        schema = self._plain(schema)
        if schema.get("type") == "array":
            return self._object_in(schema.get("items", {}))
        return schema if "properties" in schema else None

    def _kind(self, schema: dict[str, Any]) -> str:
        schema = self._plain(schema)
        if schema.get("type") == "array":
            return f"list of {self._kind(schema.get('items', {}))}"
        if "anyOf" in schema and "type" not in schema:
            return " or ".join(self._kind(choice) for choice in schema["anyOf"] if _says_something(choice))
        kind = schema.get("type")
        return str(schema.get("format") or (kind[0] if isinstance(kind, list) else kind) or "any value")

    def _facts(self, schema: dict[str, Any]) -> str:
        plain = self._plain(schema)
        facts = []
        if "enum" in plain and True not in plain["enum"]:
            facts.append("one of " + ", ".join(str(value) for value in plain["enum"]))
        for name, words in (("minimum", "at least"), ("maximum", "at most")):
            if abs(plain.get(name, 2**31)) < 2**31 - 1:
                facts.append(f"{words} {plain[name]}")
        for name, words in (("maxLength", "characters"), ("maxItems", "items")):
            if name in plain:
                facts.append(f"at most {plain[name]} {words}")
        default = schema.get("default")
        if default not in (None, [], ""):
            facts.append(f"usually {json.dumps(default)}")
        return "; ".join(facts)

    def _curl(self) -> str:
        values = {parameter["name"]: parameter.get("example") for parameter in self._operation.get("parameters", [])}
        path, query = self._path, {}
        for parameter in self._operation.get("parameters", []):
            name, value = parameter["name"], values[parameter["name"]]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe="") if value is not None else f"{{{name}}}")
            elif value is not None:
                query[name] = value
        address = self._server + path + (f"?{urlencode(query, safe=',@')}" if query else "")
        verb = "" if self._verb == "GET" else f"-X {self._verb} "
        lines = [f"curl {verb}{shlex.quote(address)}", '-H "Authorization: Bearer $TOKEN"']
        if "example" in self._body:
            lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(_pretty(self._body['example']))}"]
        return " \\\n  ".join(lines)


def _says_something(choice: dict[str, Any]) -> bool:
    """Whether it is neither the null that stands for being left out, nor what is taken just to be given back."""
    is_anything = "description" in choice and choice.keys() <= {"description", "type"}
    return choice.get("type") != "null" and not is_anything


def _is_one_too(choices: list[dict[str, Any]]) -> bool:
    """Whether it is a list that may also be sent as its only item, or a body that may be one of its own lists."""
    first, second = choices[0], choices[-1]
    return first.get("type") == "array" or (first.get("type") == "object" and second.get("type") == "array")


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
