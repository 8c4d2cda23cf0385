"""What schemathesis is told of this API beyond its schema: what there is in the running server, and what it can't know."""

import json
import os
from pathlib import Path
from typing import Any

import schemathesis

from .rules import are_all_unsayable

WORLD = "SCHEMA_WORLD"  # names the file in which the program that starts the server says what is there


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Let every other request be about what exists: a random id hardly ever does."""
    world = json.loads(Path(os.environ[WORLD]).read_text())
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            known = world["paths"].get(operation["operationId"], {})
            for parameter in operation.get("parameters", []):
                if parameter["name"] in known:
                    parameter["schema"] = {"anyOf": [parameter["schema"], {"enum": [known[parameter["name"]]]}]}
    for shape, members in world["members"].items():
        for name, values in members.items():
            _know(raw_schema["components"]["schemas"][shape]["properties"], name, values)


def _know(members: dict[str, Any], name: str, values: list[Any]) -> None:
    """Let the member, or the items of the list, be one of ``values`` only."""
    choices = members[name].get("anyOf", [])
    if choices and "items" in choices[0]:
        choices[:2] = [choices[0] | {"items": {"enum": values}}, {"enum": values}]
    else:
        members[name] = {"enum": values}


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Any, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Keep every failure, but for requests that fit the schema and break a rule that no schema can say."""
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    said = response.json()
    return not are_all_unsayable([one for all in said.get("errors", {}).values() for one in all] or [said["detail"]])
