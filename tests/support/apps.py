"""Applications inside this process."""

from pathlib import Path
from threading import Lock
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from pydantic import ValidationError
from pydantic_settings import PydanticBaseSettingsSource
from sqlalchemy import Engine
from werkzeug.routing import Map, Rule
from werkzeug.routing.matcher import StateMachineMatcher

from app import create_app
from app.extensions import db
from app.services import users
from app.settings import Settings, load

KEY = "the-key-of-the-tests-long-enough-for-a-key"


def hash_cheaply() -> None:
    """Make password hashes in this process cost next to nothing. A hash says itself what it costs to verify, so that
    sign-ins at live servers are fast too."""
    assert users._hasher.type.name == "ID"
    users._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    users._nobody = users._hash_of_nothing(users._hasher)


def compile_addresses_once() -> None:
    """Let all applications of this process share what Werkzeug makes of their addresses, as long as they are the same:
    that took most of the time in which an application is made."""
    add, update, lock = Map.add, Map.update, Lock()
    first: list[tuple[Any, ...]] = []

    def add_later(self: Map, rule: Rule) -> None:
        state = self.__dict__
        if "compiled" in state:
            # What others share stays as it is.
            self._matcher, self._rules_by_endpoint = StateMachineMatcher(self.merge_slashes), {}
            state["later"] = [_copy(rule) for rule in state.pop("compiled")]
        state.setdefault("later", []).append(rule)

    def update_now(self: Map) -> None:
        if "later" in self.__dict__:
            with lock:
                if "later" in self.__dict__:
                    compile(self, self.__dict__["later"])
                    self.__dict__["compiled"] = self.__dict__.pop("later")
        update(self)

    def compile(map: Map, rules: list[Rule]) -> None:
        facts = [_facts(rule) for rule in rules]
        if first and first[0][0] == facts:
            _, map._matcher, map._rules_by_endpoint = first[0]
            map._remap = False
            return
        for rule in rules:
            add(map, rule)
        update(map)
        if not first:
            first.append((facts, map._matcher, map._rules_by_endpoint))

    Map.add, Map.update = add_later, update_now  # type: ignore[assignment, method-assign]


def _facts(rule: Any) -> object:
    return (
        rule.rule, rule.endpoint, rule.methods, rule.defaults, rule.subdomain, rule.host, rule.alias, rule.redirect_to,
        rule.build_only, rule.strict_slashes, rule.merge_slashes, rule.websocket, rule.provide_automatic_options,
    )  # fmt: skip


def _copy(rule: Any) -> Rule:
    copy: Any = rule.empty()
    copy.provide_automatic_options = rule.provide_automatic_options
    return copy  # type: ignore[no-any-return]


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of this process."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_templates = CompiledTemplates()


class GivenSettings(Settings):
    """Settings of which none is looked for in the environment, where it takes ten times as long to find none."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[Any], init_settings: PydanticBaseSettingsSource, **_: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        return (init_settings,)


def _settings(**given: Any) -> Settings:
    try:
        return GivenSettings(**given)
    except ValidationError:
        return load(**given)  # which says it as the product does


def open_app(instance_path: Path, **settings: Any) -> Flask:
    """An application with ``settings``, as from the environment: ``refresh_grace=5``, ``rate_limit_login="3/minute"``.

    Its database is expected to be migrated.
    """
    app = create_app(_settings(**{"instance_path": instance_path, "secret_key": [KEY]} | settings))
    app.jinja_env.bytecode_cache = _templates
    with app.app_context():
        for bind, engine in db.engines.items():
            _share_compiled_statements(bind, engine)
    return app


_dialects: dict[object, Engine] = {}


def _share_compiled_statements(bind: str | None, engine: Engine) -> None:
    """Let all engines of one kind share the SQL that they have made of statements, and the dialect, which is its key."""
    first = _dialects.get((bind, engine.dialect.name))
    if first is None or first.dialect.server_version_info is None:
        # A dialect learns at its first connection what its database can do, and the first engine perhaps never had one.
        _dialects[bind, engine.dialect.name] = engine
        return
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    engine.pool._dialect = first.dialect


def dispose(app: Flask) -> None:
    """Close everything that ``app`` holds open."""
    for thread in ("tally_writer", "limits_reader"):
        app.extensions[thread].close()
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    if "closed" not in app.extensions:
        app.extensions["closed"] = True
        getattr(app.extensions["counters"], "close", lambda: None)()
        app.extensions["metrics"].close()
