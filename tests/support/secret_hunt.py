"""Looks for secrets where none may be: in every column of every table, in the database's files, in the log."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import MetaData, create_engine, select

CHECKSUM = 8


def forms_of(secret: str) -> set[bytes]:
    """How ``secret`` could lie around: as it is, in hexadecimal or base64, and the random bytes that it was made of."""
    text = secret.encode()
    forms = {text, text.hex().encode(), base64.b64encode(text).rstrip(b"=")}
    random_part = secret.rpartition("_")[2][:-CHECKSUM] if secret.startswith(("uaa_", "yk_")) else ""
    if random_part:
        raw = bytes.fromhex(random_part)
        forms |= {random_part.encode(), random_part.upper().encode(), raw, base64.b64encode(raw).rstrip(b"=")}
    return forms


def rows_of(app: Flask) -> Iterator[tuple[str, bytes]]:
    """Every value of every column that the database really has, as bytes, with where it stands."""
    engine = create_engine(app.config["SETTINGS"].sqlalchemy_url)
    try:
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)).mappings():
                    for column, value in row.items():
                        content = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                        yield f"{table.name}.{column}", content
    finally:
        engine.dispose()


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in the instance folder: the database with its -wal file, counters, whatever else."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()


def find(secrets: dict[str, str], places: Iterator[tuple[str, bytes]]) -> list[str]:
    """Which of ``secrets`` (name -> value) stands where."""
    wanted = {name: forms_of(value) for name, value in secrets.items()}
    return [
        f"{name} in {place}"
        for place, content in places
        for name, forms in wanted.items()
        if any(form in content for form in forms)
    ]


def stored_form(secret: str) -> bytes:
    """What may be stored of a secret: its fingerprint."""
    return hashlib.sha256(secret.encode()).digest()
