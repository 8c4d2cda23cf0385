"""``python -m bench.imports``: how fast a CSV file of a million contacts is imported, and in how much memory.

A real job worker loads the file over HTTP and works it off: first all contacts are new, then the same file comes again
and updates each of them. Nothing else runs but the database and, in this process, the server of the file.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
from flask import Flask

from app.database import unit_of_work
from app.models import ImportStage
from app.services import contact_imports, organizations
from app.services.import_rules import DedupeOn, ImportRules

from . import databases
from .databases import Database
from .processes import ROOT, cpu_seconds
from .rig import opened_app

NAMES = ("Ann", "Bob", "Eve", "Zoe", "Olena", "Taras", "Maria", "Ivan")
# The last column is an additional field; each contact joins a segment and, being new, gets an event.
HEADING = "First name,Last name,Email,SMS,City,Language code,PERSONAL.GENDER\n"
POLL = 0.5  # seconds


@dataclass(frozen=True)
class Place:
    """Where imports run. :param link: of the file."""

    app: Flask
    organization_id: int
    database: Database
    worker: psutil.Process
    link: str


class FileServer(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file (1000000)")
    parser.add_argument("--database", choices=databases.NAMES, default="postgresql")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        database = stack.enter_context(databases.opened(given.database, folder))
        size = write_file(folder / "contacts.csv", given.rows)
        app, environment = opened_app(stack, folder, database.url)
        with app.app_context(), unit_of_work():
            organization_id = organizations.create("Bench").id
        worker = stack.enter_context(running_worker(environment, folder))
        link = f"{stack.enter_context(served(folder))}/contacts.csv"
        place = Place(app, organization_id, database, worker, link)
        print(f"### {database.title}: a file of {given.rows:,} rows, {size / 1e6:.0f} MB\n")
        print("| | rows/s | total | loading | CPU of the worker | CPU of the database | worker's memory, peak |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for title, event in (("all new", "newContact"), ("all known", None)):
            print(measured(place, title, given.rows, event), flush=True)


def write_file(path: Path, rows: int) -> int:
    """Write a file of ``rows`` contacts; its size in bytes."""
    with path.open("w") as file:
        file.write(HEADING)
        for number in range(rows):
            name = NAMES[number % len(NAMES)]
            file.write(f"{name},Lee,{name.lower()}.{number}@mail{number % 50}.example.org,38050{number:07},Kyiv,uk,F\n")
    return path.stat().st_size


@contextmanager
def running_worker(environment: dict[str, str], folder: Path) -> Iterator[psutil.Process]:
    """A job worker, which may load files from this computer."""
    own = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "UAA_IMPORT_PRIVATE_HOSTS": "127.0.0.1", **environment}
    with (folder / "worker.log").open("wb") as log:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the files of ``folder`` are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(FileServer, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def measured(place: Place, title: str, rows: int, event: str | None) -> str:
    """Import the file once; a line of the table."""
    rules = ImportRules(dedupe_on=DedupeOn.EMAIL, segment_names=("Imported",), event_key=event)
    before = cpu_seconds(place.worker), place.database.cpu_seconds()
    started, loaded = time.monotonic(), None
    with place.app.app_context(), unit_of_work():
        session = contact_imports.accept_file(place.organization_id, rules, place.link).session_id
    place.app.extensions["queue"].wake()
    while True:
        time.sleep(POLL)
        with place.app.app_context():
            job = contact_imports.get(place.organization_id, session)
        if loaded is None and job.stage not in (ImportStage.WAITING, ImportStage.LOADING):
            loaded = time.monotonic()
        if job.finished_at is not None:
            break
        print(f"\r{title}: {job.done_count:,} of {job.row_count:,} rows", end="", file=sys.stderr)
    print(file=sys.stderr)
    if (job.stage, job.done_count, job.skipped_count) != (ImportStage.FINISHED, rows, 0):
        raise SystemExit(f"The import is {job.stage}: {contact_imports.describe(job)}")
    total = time.monotonic() - started
    return (
        f"| {title} | {rows / total:,.0f} | {total:.0f} s | {(loaded or started) - started:.0f} s "
        f"| {cpu_seconds(place.worker) - before[0]:.0f} s | {place.database.cpu_seconds() - before[1]:.0f} s "
        f"| {peak_mebibytes(place.worker):.0f} MiB |"
    )


def peak_mebibytes(process: psutil.Process) -> float:
    """The most memory that ``process`` has ever had resident (Linux)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
