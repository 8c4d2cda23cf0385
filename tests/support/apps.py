"""Applications inside this process."""

from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from app import create_app
from app.extensions import db
from app.services import users
from app.settings import load

KEY = "the-key-of-the-tests-long-enough-for-a-key"


def hash_cheaply() -> None:
    """Make password hashes in this process cost next to nothing. A hash says itself what it costs to verify, so that
    sign-ins at live servers are fast too."""
    assert users._hasher.type.name == "ID"
    users._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    users._nobody = users._hasher.hash("nobody's password")


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


def open_app(instance_path: Path, **settings: Any) -> Flask:
    """An application with ``settings``, as from the environment: ``refresh_grace=5``, ``rate_limit_login="3/minute"``.

    Its database is expected to be migrated.
    """
    app = create_app(load(**{"instance_path": instance_path, "secret_key": [KEY]} | settings))
    app.jinja_env.bytecode_cache = _templates
    return app


def dispose(app: Flask) -> None:
    """Close everything that ``app`` holds open."""
    app.extensions["tally_writer"].close()
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    if "closed" not in app.extensions:
        app.extensions["closed"] = True
        getattr(app.extensions["counters"], "close", lambda: None)()
