"""The script of Yespo's documentation runs against this server with nothing changed but names, id and secret."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.support.sites import Site

SCRIPT = (Path(__file__).parent / "documentation_script.txt").read_text()
DOCUMENTED = {
    "https://uaa.yespo.io": "site",
    "https://yespo.io": "site",
    "http://my_host:8081/test/callback": "callback",
    "daf4ba310fe44961fabc80ce2d1f67cd": "client id",
    "6c573654f43bc05c13c6b0d0bc65d6a65fe38a09f84e84ac37c3210e78b06b3e": "client secret",
}


def script(**values: str) -> str:
    text = SCRIPT
    for documented, name in DOCUMENTED.items():
        assert documented in text
        text = text.replace(documented, values[name.replace(" ", "_")])
    return text


def test_the_documentations_script_completes_and_prints_contacts(any_live_site: Site, tmp_path: Path) -> None:
    site, callback = any_live_site, "http://127.0.0.1:8081/test/callback"
    owner, app = site.owner(), site.partner_app(callback_urls=[callback])
    key = site.api_key(owner.organization)
    contact = {"firstName": "Lesya", "channels": [{"type": "email", "value": "lesya@example.org"}]}
    made = site.post("/api/v1/contact", json=contact, headers={"Authorization": f"Bearer {key}"})
    assert made.status == 200, made.text

    file = tmp_path / "script.py"
    file.write_text(script(site=site.url, callback=callback, client_id=app.client_id, client_secret=app.secret or ""))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "*"}
    with subprocess.Popen(
        [sys.executable, "-u", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env=environment,
    ) as running:  # fmt: skip
        watchdog = threading.Timer(60, running.kill)
        watchdog.start()
        try:
            assert running.stdout is not None
            link = next(line for line in running.stdout if line.startswith("--- ")).strip("- \n")
            code = owner.approve(link).parameters["code"]
            output, _ = running.communicate(f"{code}\n")
        finally:
            watchdog.cancel()
            running.kill()

    assert running.returncode == 0, output
    contacts = json.loads(output.splitlines()[-1])
    assert [contact["firstName"] for contact in contacts] == ["Lesya"]
