"""Start a server of its own with something of everything in it, and let schemathesis try it: `make test-schema`."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.api import groups
from app.api.endpoint import ENDPOINTS
from app.api.groups import MethodGroup
from app.clock import now
from app.services import subscriptions
from app.settings import ROOT
from tests.api.catalogue import Keeper
from tests.api.mailing import ALPHA, FROM
from tests.support.apps import dispose, hash_cheaply, open_app
from tests.support.databases import SqliteTemplate
from tests.support.servers import Server
from tests.support.sites import Site

from .hooks import WORLD

# As many at the same time as there are processors, each by a process and at a server of its own, so that what one does
# changes nothing for the others; what takes long comes first.
PARTS = (
    groups.UPDATING_CONTACTS, groups.GENERAL, groups.READING_CONTACTS, groups.MESSAGES, groups.EVENTS,
    groups.CONTACT_ACTIVITY,
)  # fmt: skip
KEYS = ["news", "sales"]
UNLIMITED = "1000000/second"
# These end what they are given, so that others could not use it any more.
ENDING = ("delete_contact", "delete_email_message", "delete_email_language", "cancel_broadcast")


def main() -> int:
    """The exit status: 0 when nothing was found. What is on the command line goes to schemathesis."""
    hash_cheaply()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="uaa-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        template = Path(folder, "template")
        template.mkdir()
        database = SqliteTemplate(template)

        def try_alone(group: MethodGroup) -> int:
            with running(Path(folder, str(group.number)), database) as site:
                return try_group(site, group.title)

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            return max(threads.map(try_alone, PARTS))


def try_group(site: Site, title: str) -> int:
    """Let schemathesis try the methods of the group ``title``; its exit status."""
    keeper = Keeper(site)
    with site.rules():
        for key in KEYS:
            subscriptions.create(keeper.owner.organization_id, key.title(), key)
    keeper.shop.fund("1000")
    world = site.app.config["SETTINGS"].instance_path / "world.json"
    world.write_text(json.dumps(what_is_there(keeper)))
    return run(site.url, site.api_key(keeper.owner.organization), world, title)


@contextmanager
def running(instance: Path, database: SqliteTemplate) -> Iterator[Site]:
    """A server on a new database."""
    instance.mkdir()
    database.copy_to(instance)
    limits = dict.fromkeys(("rate_limit_general", "rate_limit_import", "rate_limit_send"), UNLIMITED)
    server = Server(instance, workers=1, event_deletion=True, **limits)
    try:
        site = Site(open_app(**server.settings), server.url)
        yield site
        site.close()
        dispose(site.app)
    finally:
        server.stop()


def what_is_there(keeper: Keeper) -> dict[str, Any]:
    """For the hooks: ids by method and place in its path, and the only values that members of requests may have."""
    numbers = ("id",)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        if endpoint.name not in ENDING:
            values = {name: value for name, value in keeper.values(endpoint).items() if value != "0"}
            paths[endpoint.name] = {name: int(value) if name in numbers else value for name, value in values.items()}
    later = f"{now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    return {
        "paths": paths,
        "members": {
            "EmailBody": {"from": [FROM]},
            "EmailSendBody": {"from": [FROM]},
            "SmsSendBody": {"from": [ALPHA]},
            "ViberSendBody": {"from": [ALPHA]},
            "BroadcastBody": {"messageId": [str(keeper.email)], "groups": [keeper.segment], "startDate": [later, None]},
            "SubscriptionsBody": {"subscriptions": KEYS},
            "SubscribeBody": {"subscriptions": KEYS},
        },
    }


def run(url: str, key: str, world: Path, title: str) -> int:
    config = Path(__file__).with_name("schemathesis.toml")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{url}/openapi.json",
        "--header", f"Authorization: Bearer {key}", f"--include-tag={title}", *sys.argv[1:],
    ]  # fmt: skip
    environment = os.environ | {WORLD: str(world), "PYTHONPATH": str(ROOT)}
    # Not here: it would leave folders behind.
    done = subprocess.run(
        command, cwd=world.parent, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    sys.stdout.write(f"{title}:\n{done.stdout if done.returncode else done.stdout.strip().splitlines()[-1]}\n")
    sys.stdout.flush()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
