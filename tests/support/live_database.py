"""A fresh database for real processes: a file, or one more database in the run's PostgreSQL cluster."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

RUN_URL = "FINITO_TEST_DATABASE_URL"  # set by bin/test while it runs on PostgreSQL


def run_kind() -> str:
    """Return what the run's database is: "sqlite", or the URL of a PostgreSQL database in a throwaway cluster."""
    return os.environ.get(RUN_URL) or "sqlite"


@contextmanager
def fresh_database(kind: str, directory: Path) -> Iterator[str]:
    """Gives the URL of an empty database: a file in the directory, or a database beside the one that is named."""
    if kind == "sqlite":
        yield f"sqlite:///{directory / 'finito.sqlite3'}"
        return
    name = f"live_{secrets.token_hex(4)}"
    with psycopg.connect(kind, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{kind.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(kind, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
