"""The house keeps its floors (design.md section 3): imports point down only, doors never meet, only rules query."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.settings import ROOT

DOORS = ("oauth", "api", "pages", "cli", "jobs")
FLOORS = ("tools", "models", "services", "door", "root")
# Files directly in app/ that put the house together; all others there are words and tools.
COMPOSITION = ("__init__", "error_handling")
# What happens to every request: made for the root, offered to the doors that speak HTTP.
ALSO_FOR_DOORS = ("app.middleware",)
WEB = ("flask", "flask_login", "flask_wtf", "wtforms", "werkzeug", "authlib", "click", "jinja2", "markupsafe")
QUERIES = (
    "execute", "scalar", "scalars", "get", "get_one", "query", "add", "add_all", "delete", "flush", "commit", "merge",
    "refresh", "connection", "stream",
)  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One file of the product."""

    path: Path

    @property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)

    @property
    def package(self) -> list[str]:
        return list(self.path.relative_to(ROOT).parts[:-1])

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text())

    def imports(self) -> Iterator[str]:
        """Full names of everything that it imports, wherever in the file; of ``from a import b`` it is ``a.b``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = self.package[: len(self.package) - node.level + 1] if node.level else []
                base = ".".join([*start, *([node.module] if node.module else [])])
                yield from (f"{base}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str:
    """The room that a full name under ``app`` belongs to: a door, services, models, root or tools."""
    parts = name.split(".")
    first = parts[1] if len(parts) > 1 else "__init__"
    if first in (*DOORS, "services", "models"):
        return first
    if first in (*COMPOSITION, "create_app") or (first == "middleware"):
        return "root"
    return "tools"


def floor_of(room: str) -> int:
    return FLOORS.index("door" if room in DOORS else room)


MODULES = [Module(path) for path in sorted((ROOT / "app").rglob("*.py"))]
EACH = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def inside(*rooms: str) -> pytest.MarkDecorator:
    chosen = [module for module in MODULES if room_of(module.name) in rooms]
    assert chosen, rooms
    return pytest.mark.parametrize("module", chosen, ids=lambda module: module.name)


@EACH
def test_imports_point_down_and_doors_never_meet(module: Module) -> None:
    room = room_of(module.name)
    for name in module.imports():
        if not name.startswith("app.") or (room in DOORS and name.startswith(ALSO_FOR_DOORS)):
            continue
        other = room_of(name)
        assert floor_of(other) <= floor_of(room), f"{module.name} ({room}) imports {name} from above"
        if room in DOORS and other in DOORS:
            assert other == room, f"the door {room} imports {name} of the door {other}"


@EACH
def test_authlib_stays_behind_the_oauth_door(module: Module) -> None:
    if room_of(module.name) != "oauth":
        assert not [name for name in module.imports() if name.split(".")[0] == "authlib"]


@inside("services", "models", "tools")
def test_rules_know_neither_http_nor_html_nor_authlib_nor_a_terminal(module: Module) -> None:
    allowed = {
        "app.extensions": WEB,  # makes Flask's extensions
        "app.sessions": ("flask",),  # what a browser's cookie is, for the root
        "app.application": ("flask", "werkzeug"),  # Flask itself, as the root makes it
        "app.migrating": ("flask",),  # whose applications Flask-Migrate works on
        "app.routing": ("werkzeug",),  # its rules
        "app.here": ("flask",),  # what Flask has at hand, without its proxies
        "app.models.organization": ("flask_login",),  # UserMixin: facts about one row
    }.get(module.name, ())
    found = [name for name in module.imports() if name.split(".")[0] in WEB and name.split(".")[0] not in allowed]
    assert not found


@inside(*DOORS, "root")
def test_doors_open_units_of_work_and_leave_querying_to_the_rules(module: Module) -> None:
    for name in module.imports():
        if name.startswith("sqlalchemy") and module.name != "app.__init__":
            assert name.startswith("sqlalchemy.exc."), f"{module.name} imports {name}"
        assert not name.startswith(("app.database.reading", "app.database.changed", "app.database.table_of"))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in QUERIES:
            owner = node.value
            is_session = isinstance(owner, ast.Attribute) and owner.attr == "session" and ast.unparse(owner) == "db.session"
            assert not is_session, f"{module.name}:{node.lineno}: {ast.unparse(node)}"


@EACH
def test_every_file_says_what_it_is_in_its_first_line(module: Module) -> None:
    assert ast.get_docstring(module.tree), module.name


def test_rules_never_commit() -> None:
    for module in MODULES:
        if room_of(module.name) in ("services", "models"):
            calls = [node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)]
            assert not {"commit", "rollback"} & set(calls), module.name
