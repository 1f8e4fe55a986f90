"""`migrate`: Django's, of which one runs at a time; a second one waits and then finds nothing to do."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError

LOCK = 0x46494E49544F  # of PostgreSQL's advisory locks
WAIT_SECONDS = 600


class Command(migrate.Command):
    """Platforms start several releases at once, and people a second one where the first seems to hang."""

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(connections[options["database"]]):
            super().handle(*args, **options)


@contextmanager
def alone(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the lock of migrations meanwhile. Raises CommandError where another keeps it for ten minutes."""
    holding = {"postgresql": _transaction, "sqlite": _directory}.get(database.vendor)
    if holding is None or database.in_atomic_block:
        yield
        return
    with holding(database):
        yield


@contextmanager
def _transaction(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the lock in a transaction and connection of its own: a session's lock would be another's at a pooler."""
    keeper = database.copy()
    try:
        with keeper.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
            try:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != "55P03":
                    raise
                raise CommandError("Another migrate runs, and has for ten minutes: see what it waits for.") from None
            yield
            cursor.execute("COMMIT")
    finally:
        keeper.close()


@contextmanager
def _directory(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Lock the file's directory: a lock on the file itself would be SQLite's own."""
    name = str(database.settings_dict["NAME"])
    place = os.path.dirname(os.path.abspath(name))
    if "memory" in name or not os.path.isdir(place):
        yield
        return
    directory = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)
