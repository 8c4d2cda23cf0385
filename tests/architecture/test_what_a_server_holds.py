"""A server's processes hold what pages and calls need; what only a few of them or the command line need comes with its use.

Each of these costs every worker memory, and every start time.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from app.settings import ROOT

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
