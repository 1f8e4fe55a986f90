"""What is in the way of the database is one sentence, however the server or the driver words it."""

import psycopg
import pytest
import structlog
from django.db import DatabaseError, OperationalError, ProgrammingError
from structlog.testing import capture_logs

from realtime import database_errors

REFUSED = 'connection to server at "127.0.0.1", port 5432 failed: FATAL:  '


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.errors.InsufficientPrivilege("permission denied for schema public"), "does not let our role"),
        (psycopg.OperationalError(REFUSED + 'permission denied for database "finito"'), "does not let our role"),
        (psycopg.errors.InvalidSchemaName("no schema has been selected to create in"), "no schema for our tables"),
        (psycopg.OperationalError(REFUSED + 'too many connections for role "finito"'), "no connection left"),
        (psycopg.OperationalError(REFUSED + 'too many connections for database "finito"'), "no connection left"),
        (psycopg.OperationalError(REFUSED + "sorry, too many clients already"), "no connection left"),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), "holds a lock"),
        (OperationalError("database is locked"), "holds a lock"),
        (OperationalError("database table is locked: auth_user"), "holds a lock"),
        (OperationalError("database or disk is full"), "disk is full"),
        (OperationalError("consuming input failed: server closed the connection"), "no answer"),
    ],
)
def test_it_says_what_is_in_the_way(error: Exception, said: str) -> None:
    assert said in database_errors.explain(caused(error))


@pytest.mark.parametrize("kind", [OperationalError, ProgrammingError])
def test_a_line_of_the_log_says_it_without_frames(kind: type[DatabaseError]) -> None:
    with capture_logs() as lines:
        database_errors.log(structlog.get_logger(), "task.waits", kind("permission denied for table t"), task="heads")
    (line,) = lines
    assert (line["database"], line["task"]) == (database_errors.FORBIDDEN.said, "heads")
    assert "exc_info" not in line


def caused(cause: Exception) -> Exception:
    """Return the error as Django raises it: its own class, with the driver's as its cause."""
    error = DatabaseError(str(cause))
    error.__cause__ = cause
    return error
