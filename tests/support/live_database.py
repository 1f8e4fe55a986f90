"""A fresh database for real processes: a file, or one more database in the run's PostgreSQL cluster."""

import atexit
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.contrib.auth.hashers import MD5PasswordHasher

from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT

RUN_URL = "FINITO_TEST_DATABASE_URL"  # set by bin/test while it runs on PostgreSQL


def run_kind() -> str:
    """Return what the run's database is: "sqlite", or the URL of a PostgreSQL database in a throwaway cluster."""
    return os.environ.get(RUN_URL) or "sqlite"


@contextmanager
def fresh_database(kind: str, directory: Path, like: str = "", options: str = "") -> Iterator[str]:
    """Gives the URL of an empty database, or of a copy of `like`, which nobody uses: a file in the directory, or a
    database beside the one that is named, made with these options of CREATE DATABASE."""
    if kind == "sqlite":
        file = directory / "finito.sqlite3"
        if like:
            shutil.copyfile(like.removeprefix("sqlite:///"), file)
        yield f"sqlite:///{file}"
        return
    name = f"live_{secrets.token_hex(4)}"
    with psycopg.connect(kind, autocommit=True) as connection:
        template = f' TEMPLATE "{like.rpartition("/")[2]}"' if like else ""
        connection.execute(f'CREATE DATABASE "{name}"{template} {options}')
    try:
        yield f"{kind.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(kind, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def migrated_database(directory: Path) -> AbstractContextManager[str]:
    """Give the URL of a database of the run's kind that has its tables: they are made once, and copied."""
    return fresh_database(run_kind(), directory, like=_migrated())


@cache
def _migrated() -> str:
    """Return the URL of the one that the others are copied from; it goes when Python ends."""
    kept = ExitStack()
    atexit.register(kept.close)
    directory = kept.enter_context(tempfile.TemporaryDirectory(prefix="finito-migrated-"))
    url = kept.enter_context(fresh_database(run_kind(), Path(directory)))
    environment = {**os.environ, **ENVIRONMENT, "DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    return url


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Execute a statement; returns its rows, none for an INSERT."""
    if url.startswith("postgres"):
        with psycopg.connect(url) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as file, file:
        return file.execute(sql).fetchall()


def insert_users(url: str, names: Iterable[str], operators: bool) -> None:
    """Add users whose password is their name; a process that makes them by Django takes seconds of CPU to start."""
    hasher = MD5PasswordHasher()
    for name in names:
        password = hasher.encode(name, hasher.salt())
        query(
            url,
            "INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active,"
            " first_name, last_name, email, date_joined)"
            f" VALUES ('{name}', '{password}', {operators}, {operators}, TRUE, '', '', '', CURRENT_TIMESTAMP)",
        )
