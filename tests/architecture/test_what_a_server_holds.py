"""A server's processes hold what pages and calls need; what only a few of them or the command line need comes with its use.

Each of these costs every worker memory, and every start time.
"""

import gc
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from flask import Request
from werkzeug.test import create_environ, run_wsgi_app

from app.settings import ROOT
from tests.support.sites import Site

ELSEWHERE = (
    "PIL", "alembic", "app.cli.every_command", "app.jobs.worker", "cryptography", "email_validator", "flask_migrate",
    "gunicorn.app", "huey", "limits", "psycopg", "pygments", "redis", "segno", "smtplib", "sqlalchemy.dialects.mysql",
)  # fmt: skip
_SERVED = """
import json, sys
from wsgi import app
visitor = app.test_client()
answers = [visitor.get(path).status_code for path in ("/healthz", "/readyz", "/login", "/openapi.json", "/api/v1/version")]
answers.append(visitor.post("/uaa/oauth/token", data={"grant_type": "refresh_token"}).status_code)
print(json.dumps([answers, sorted(sys.modules)]))
"""


def test_a_server_does_without_what_only_others_need(tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "UAA_INSTANCE_PATH": str(tmp_path), "UAA_LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-c", _SERVED], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=True
    )
    answers, held = json.loads(done.stdout)
    assert answers == [200, 503, 200, 200, 401, 401], done.stderr
    assert not set(ELSEWHERE) & set(held)
    assert all(find_spec(name) for name in ELSEWHERE), "named rightly, or nothing is checked"


def test_a_call_leaves_nothing_for_the_collector(site: Site) -> None:
    """Which a server asks seldom, and which costs each call more than most of what the call does."""
    credential = {"Authorization": f"Bearer {site.api_key('Shop')}"}
    gc.disable()
    try:
        before = _requests()
        for method, path, headers in (
            ("GET", "/api/v1/version", credential),
            ("GET", "/api/v1/version", {}),
            ("POST", "/uaa/oauth/introspect", {}),
        ):
            run_wsgi_app(site.app.wsgi_app, create_environ(path, method=method, headers=headers))
        assert _requests() == before
    finally:
        gc.enable()


def _requests() -> int:
    return sum(isinstance(one, Request) for one in gc.get_objects())
