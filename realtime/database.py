"""The state of the database: whether it has our tables and takes writes."""

import math
import threading
import time

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from realtime.database_errors import is_read_only

OK, READ_ONLY, UNMIGRATED = "ok", "read_only", "unmigrated"
BUSY_MS = 200  # that it is locked is answer enough
WROTE_SECONDS = 2.0  # a write to SQLite proves it for so long, however often it is asked

_migrated = False
_writing = threading.Lock()
_wrote_at = -math.inf


def state() -> str:
    """Return OK, READ_ONLY or UNMIGRATED. Raises DatabaseError where it does not answer."""
    try:
        if not is_migrated():
            return UNMIGRATED
        return OK if takes_writes() else READ_ONLY
    except DatabaseError as error:
        if is_read_only(error):
            return READ_ONLY
        raise


def is_migrated() -> bool:
    """Tell whether every migration that this process knows is applied; once it is so, nothing is asked again."""
    global _migrated
    if not _migrated:
        _migrated = not unapplied()
    return _migrated


def unapplied() -> int:
    """Count the migrations that this process knows and that are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def holds_any_text() -> bool:
    """Tell whether it stores every character. SQL_ASCII stores bytes as they come: ours are UTF-8."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        return cursor.fetchone()[0] in ("UTF8", "SQL_ASCII")


def takes_writes() -> bool:
    """Tell whether it takes a write. PostgreSQL is asked; SQLite has to write: its file may be full, or not ours."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            return bool(cursor.fetchone()[0] == "off")
    return _wrote_lately() or _write()


def _wrote_lately() -> bool:
    return time.monotonic() - _wrote_at < WROTE_SECONDS


def _write() -> bool:
    """Write SQLite's user_version, which nobody uses, as it is; it is committed to the disk all the same."""
    global _wrote_at
    with _writing:
        if _wrote_lately():
            return True
        usual_ms = int(1_000 * connection.settings_dict["OPTIONS"].get("timeout", 5))
        with connection.cursor() as cursor:
            try:
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
                (version,) = cursor.execute("PRAGMA user_version").fetchone()
                with transaction.atomic():
                    cursor.execute(f"PRAGMA user_version = {int(version)}")
            except DatabaseError as error:
                if "locked" not in str(error):  # by somebody who writes
                    return False
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {usual_ms}")
        _wrote_at = time.monotonic()
        return True
