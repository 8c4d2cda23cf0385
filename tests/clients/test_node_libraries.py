"""Unmodified client libraries from npm complete the flow. `make test-clients` installs them."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

HERE = Path(__file__).parent / "node"
FLOWS = sorted(HERE.glob("flow_*.mjs"))

pytestmark = pytest.mark.skipif(
    not (HERE / "node_modules").exists() and "UAA_REQUIRE_NODE" not in os.environ,
    reason="not installed: run 'make test-clients'",
)


def _run(flow: Path, site: Site, app: PartnerApp) -> dict[str, Any]:
    node = shutil.which("node")
    assert node is not None, "node is not installed"
    environment = {"PATH": os.environ["PATH"], "ISSUER": site.url, "CLIENT_ID": app.client_id, "CALLBACK": app.callback}
    if app.secret:
        environment["CLIENT_SECRET"] = app.secret
    with subprocess.Popen(
        [node, flow.name], cwd=HERE, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            link = process.stdout.readline().strip()
            assert link, process.stderr.read() if process.stderr else ""
            returned = site.owner().approve(link)
            rest, problems = process.communicate(returned.location + "\n", timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0, problems
    found: dict[str, Any] = json.loads(rest)
    return found


@pytest.mark.parametrize("public", [False, True], ids=["confidential", "public"])
@pytest.mark.parametrize("flow", FLOWS, ids=[flow.stem for flow in FLOWS])
def test_a_library_from_npm_completes_the_flow(live_site: Site, flow: Path, public: bool) -> None:
    found = _run(flow, live_site, live_site.partner_app(public=public))
    assert found["scope"] == "UseRestApi"
    assert found["expiresIn"] == 172800
    assert (found["called"], found["version"]["protocolVersion"]) == (200, "2.0")
    assert found["refreshed"] is True
    assert found["afterRevocation"] == 401
