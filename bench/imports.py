"""How fast a file of a million contacts is imported, and in how much memory: ``python -m bench.imports``.

A PostgreSQL with fsync on, a server of files, and the importer of a job worker in this process.
"""

import argparse
import resource
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import flask_migrate
from flask import Flask

from app import create_app
from app.database import unit_of_work
from app.jobs.importer import Importer
from app.services import contact_imports, organizations
from app.services.import_rules import DedupeOn, ImportRules
from app.settings import load

from .databases import Database, opened

NAMES = ("Ann", "Bob", "Eve", "Zoe", "Olena", "Taras", "Maria", "Ivan")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def write_file(path: Path, rows: int) -> None:
    with open(path, "w") as file:
        file.write("First name,Last name,Email,SMS,City,Language code,PERSONAL.GENDER\n")
        for number in range(rows):
            name = NAMES[number % len(NAMES)]
            file.write(f"{name},Lee,{name.lower()}.{number}@mail{number % 50}.example.org,38050{number:07},Kyiv,uk,F\n")


def run(app: Flask, database: Database, rows: int, link: str, organization_id: int) -> None:
    for title, event in (("new contacts", "newContact"), ("the same again", None)):
        rules = ImportRules(dedupe_on=DedupeOn.EMAIL, segment_names=("Imported",), event_key=event)
        with app.app_context(), unit_of_work():
            session = contact_imports.accept_file(organization_id, rules, link).session_id
        started, cpu, server_cpu = time.perf_counter(), time.process_time(), database.cpu_seconds()
        importer = Importer(app)
        importer._threads[0].run()
        loaded = time.perf_counter()
        while not _is_finished(app, organization_id, session):
            importer.nudge()
            time.sleep(0.2)
        ended = time.perf_counter()
        with app.app_context():
            job = contact_imports.get(organization_id, session)
            counts = job.created_count, job.updated_count, job.skipped_count
            print(f"{title}: {job.stage.value}, {rows} rows in {ended - started:.0f} s "
                  f"({loaded - started:.0f} s loading), {rows / (ended - started):.0f} rows/s, {counts}, "
                  f"CPU {time.process_time() - cpu:.1f} s + {database.cpu_seconds() - server_cpu:.1f} s of the database, "
                  f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB; {job.description}")  # fmt: skip


def _is_finished(app: Flask, organization_id: int, session: str) -> bool:
    with app.app_context():
        return contact_imports.get(organization_id, session).finished_at is not None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", default="postgresql", choices=("postgresql", "sqlite"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, opened(options.database, Path(name)) as database:
        folder = Path(name)
        write_file(folder / "contacts.csv", options.rows)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = load(
            instance_path=folder, database_url=database.url, import_private_hosts="127.0.0.1", log_level="WARNING"
        )
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            with unit_of_work():
                organization_id = organizations.create("Bench").id
        run(app, database, options.rows, f"http://127.0.0.1:{server.server_address[1]}/contacts.csv", organization_id)


if __name__ == "__main__":
    main()
