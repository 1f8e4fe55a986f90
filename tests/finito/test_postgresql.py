"""A thread gets a pooled connection only if it can write (finito/postgresql/)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from finito.postgresql.base import Connection, DatabaseWrapper
from gmail_sync.schedule import take_notification
from realtime import database
from realtime.models import Installation
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool"),
]


@contextmanager
def another_session() -> Iterator[psycopg.Connection[Any]]:
    address = connection.settings_dict
    with psycopg.connect(
        dbname=address["NAME"], host=address["HOST"], port=address["PORT"], user=address["USER"], autocommit=True
    ) as session:
        yield session


@pytest.fixture
def read_only() -> Iterator[Any]:
    """Makes our database read-only, as a failover does; called again with False, it is over for new sessions.

    The cluster has the databases of other tests, too, which run beside these.
    """
    with another_session() as session:
        name = psycopg.sql.Identifier(connection.settings_dict["NAME"])
        database = psycopg.sql.SQL("ALTER DATABASE {} ").format(name)

        def make(value: bool = True) -> None:
            setting = "default_transaction_read_only = " + ("on" if value else "off")
            session.execute(database + psycopg.sql.SQL("SET " + setting))
            if value:
                age_the_pool("SET " + setting)

        yield make
        session.execute(database + psycopg.sql.SQL("RESET default_transaction_read_only"))


def in_thread(work: Any) -> Any:
    """Work in a thread of its own, which borrows a connection from the pool; returns the result or the error."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except DatabaseError as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def fill_the_pool(threads: int = 4) -> None:
    """Have several connections in the pool, all idle."""
    together = threading.Barrier(threads)

    def ask() -> None:
        Installation.objects.first()
        together.wait()
        connection.close()

    running = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def age_the_pool(statement: str = "SELECT 1") -> int:
    """Run it on each idle connection of the pool, and have them older; returns how many they are."""
    idle = list(connection.pool._pool)  # type: ignore[attr-defined]
    for session in idle:
        session.execute(statement)
        session.made_at -= 60
    return len(idle)


def write() -> int:
    return Installation.objects.update(tidied_at=None)


def test_it_gives_no_thread_a_connection_that_takes_no_writes() -> None:
    in_thread(lambda: Installation.objects.get_or_create(id=1))
    fill_the_pool()
    assert age_the_pool("SET default_transaction_read_only = on") > 1  # they stand at what is a standby now
    assert [in_thread(write) for _ in range(6)] == [1] * 6


def test_it_gives_no_thread_a_connection_that_has_ended() -> None:
    in_thread(lambda: Installation.objects.get_or_create(id=1))
    fill_the_pool()
    with another_session() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    age_the_pool_without_asking()
    assert [in_thread(write) for _ in range(6)] == [1] * 6


def age_the_pool_without_asking() -> None:
    for session in list(connection.pool._pool):  # type: ignore[attr-defined]
        session.made_at -= 60


def test_it_reads_while_the_database_takes_no_writes_and_writes_as_soon_as_it_does(read_only: Any) -> None:
    in_thread(lambda: Installation.objects.get_or_create(id=1))
    read_only()
    assert in_thread(database.state) == "read_only"
    assert in_thread(Installation.objects.count) == 1
    assert "read-only" in str(in_thread(write))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "read_only")
    # Not acknowledged, so that Pub/Sub brings it again.
    assert isinstance(in_thread(lambda: take_notification("ann@gmail.example", 1)), DatabaseError)
    read_only(False)
    eventually(lambda: in_thread(write) == 1)
    eventually(lambda: Client().get("/readyz").json()["database"] == "ok")


def test_it_bounds_every_statement_without_the_startup_packet() -> None:
    assert "options" not in connection.get_connection_params()
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "15s"
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone()[0] == "30s"


@pytest.mark.parametrize(
    ("default", "shown", "ours"),
    [
        ("default_transaction_isolation = serializable", "transaction_isolation", "read committed"),
        ("DateStyle = German", "DateStyle", "ISO, DMY"),
        ("lock_timeout = '10ms'", "lock_timeout", "0"),
        ("synchronous_commit = off", "synchronous_commit", "on"),
        ("synchronous_commit = remote_apply", "synchronous_commit", "remote_apply"),
    ],
)
def test_it_minds_no_default_of_the_database(default: str, shown: str, ours: str) -> None:
    in_thread(lambda: Installation.objects.get_or_create(id=1))
    fill_the_pool()
    assert age_the_pool(f"SET {default}") > 1

    def present() -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SHOW {shown}")
            return str(cursor.fetchone()[0])

    assert {in_thread(present) for _ in range(6)} == {ours}


def test_it_asks_one_question_for_each_connection_that_it_gives() -> None:
    asked: list[str] = []
    original = Connection.execute

    def execute(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(str(query))
        return original(self, query, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "execute", execute)
        in_thread(Installation.objects.count)
    assert len(asked) == 1
    assert asked[0].startswith("SELECT current_setting('transaction_read_only')")


def test_it_leaves_the_bounds_alone_that_the_operator_has_chosen(settings: Any) -> None:
    chosen = DatabaseWrapper({**connection.settings_dict, "OPTIONS": {"options": "-c statement_timeout=60000"}}, "x")
    assert "statement_timeout" not in chosen._question.replace("idle_in_transaction_session_timeout", "")
    assert "idle_in_transaction_session_timeout" in chosen._question
