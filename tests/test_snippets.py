"""Every snippet of the guides and of docs/ runs, against a live server, as it stands."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from app.api.reference.guides import GUIDES
from app.settings import ROOT
from tests.support.servers import Server
from tests.support.sites import Site

GUIDE_TEXTS = sorted((ROOT / "templates/reference/guides").glob("*.html"))
RUNNERS = {"python": [sys.executable, "-W", "error", "-c"], "sh": ["bash", "-euo", "pipefail", "-c"]}
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What a snippet prints when it has done what its guide says.
PRINTS = {
    "link": "/uaa/oauth/authorize?response_type=code&client_id=", "exchange": '"access_token"', "call": '"organisationName"',
    "headers": "X-RateLimit-Remaining", "waiting": "'protocolVersion': '2.0'", "pages": "0", "refresh": '"refresh_token"',
    "safely": "UseRestApi", "handling": "channels", "both": "Shop",
}  # fmt: skip


def snippets(live: Site, name: str) -> Iterator[tuple[str, str, str]]:
    """Id, language and text of each piece of code in a guide."""
    page: BeautifulSoup = live.get(f"/docs/guides/{name}").page
    for code in page.select("pre code"):
        assert isinstance(code, Tag)
        yield str(code["id"]), str(code["data-language"]), code.get_text()


@pytest.fixture
def environment(server: Server, live_site: Site) -> dict[str, str]:
    """What the guides ask a developer to put into variables: an app that an owner has just approved, and an API key."""
    owner, app = live_site.owner(), live_site.partner_app()
    tokens = app.connect(owner)
    own = {
        "CLIENT_ID": app.client_id, "CLIENT_SECRET": str(app.secret), "CALLBACK": app.callback,
        "CODE": app.code_from(owner), "TOKEN": tokens.access_token, "REFRESH_TOKEN": tokens.refresh_token,
        "API_KEY": live_site.api_key(owner.organization), "UAA": server.url, "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    usual = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return usual | server.environment | own


def run(language: str, text: str, environment: dict[str, str]) -> str:
    if language == "json":
        json.loads(text)
        return ""
    done = subprocess.run([*RUNNERS[language], text], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("name", [guide.name for guide in GUIDES])
def test_the_code_of_a_guide_runs(live_site: Site, environment: dict[str, str], name: str) -> None:
    found = list(snippets(live_site, name))
    assert found
    for id, language, text in found:
        printed = run(language, text, environment)
        assert PRINTS.get(id, "").lower() in printed.lower(), f"{id} printed {printed!r}"
        assert '"error"' not in printed


def test_every_guide_is_listed() -> None:
    assert {path.stem for path in GUIDE_TEXTS} == {guide.name for guide in GUIDES}


@pytest.fixture
def as_documented(live_site: Site, environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The same, with the organization that the documents name, and a `make run` that ends once the program has started."""
    live_site.owner(organization="Example")
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\n[ "$*" = run ] && exec flask --app wsgi methods list\n')
    make.chmod(0o755)
    return environment | {"PATH": f"{tmp_path}:{ROOT / '.venv/bin'}:{environment['PATH']}"}


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_the_code_of_a_document_runs(path: Path, as_documented: dict[str, str]) -> None:
    for language, text in FENCED.findall(path.read_text()):
        if language in (*RUNNERS, "json"):
            run(language, text, as_documented)
