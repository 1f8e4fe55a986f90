"""A fresh database for one stack: PostgreSQL where a server is installed, else a file of SQLite."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from bench.processes import POLL_SECONDS, run_once
from launcher import postgres
from launcher.environment import free_ports
from launcher.supervisor import Supervisor

# PostgreSQL refuses root. setpriv has the kernel end it when we are gone: a change of the user makes the kernel
# forget that the supervisor has asked for that.
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=TERM", "--"]
OWNER = AS_POSTGRES if os.geteuid() == 0 else []
# As it is installed, but for what a throwaway cluster needs: fsync stays on, since a commit's price is measured.
SERVER = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
START_SECONDS = 60
INSIDE = "inside"  # the name of a process of ours that cannot lose its connection
# A web replaces a connection that ended, without a word, once it is so old. That of a younger one is an outage to it.
YOUNG_SECONDS = 1.2
_END_IDLE = f"""
    SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE state = 'idle' AND pid <> pg_backend_pid() AND application_name <> '{INSIDE}'
"""
_READS = """
    SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read), sum(coalesce(heap_blks_read, 0) + coalesce(heap_blks_hit, 0)
        + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0))
    FROM pg_stat_user_tables AS rows JOIN pg_statio_user_tables USING (relid) WHERE rows.relname LIKE '{table}'
"""


def kind_of(wanted: str) -> str:
    """`sqlite` or `postgres`; `auto` takes the second where it can."""
    if wanted == "auto":
        return "postgres" if postgres.binaries() else "sqlite"
    return wanted


class Database:
    """One empty database of the kind, and SQL on it for what the product's commands do not tell."""

    def __init__(self, kind: str, directory: Path, supervisor: Supervisor) -> None:
        self.kind = kind
        self._file = directory / "finito.sqlite3"
        self.url = f"sqlite:///{self._file}"
        if kind == "postgres":
            self.url = _start_postgres(directory, supervisor)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows; what it writes is committed."""
        if self.kind == "postgres":
            with psycopg.connect(self.url) as connection:
                cursor = connection.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._file, timeout=20)) as file, file:
            return file.execute(sql).fetchall()

    def query_outside(self, sql: str) -> None:
        """Run what PostgreSQL takes outside of a transaction alone."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def reads(self, table: str = "%") -> tuple[int, int]:
        """Return how many rows, and buffers of tables and indexes, were read so far of the tables named so (LIKE)."""
        # A backend reports what it has counted when it ends; one that idles does so much later.
        ended = self.query(_END_IDLE)
        deadline = time.monotonic() + START_SECONDS
        while self.query(f"SELECT pid FROM pg_stat_activity WHERE pid = ANY(ARRAY{[pid for pid, _ in ended]}::int[])"):
            assert time.monotonic() < deadline, "a backend does not end"
            time.sleep(POLL_SECONDS)
        ((rows, buffers),) = self.query(_READS.format(table=table))
        time.sleep(YOUNG_SECONDS)
        return int(rows), int(buffers)

    def watcher(self, sql: str) -> Callable[[], list[tuple[Any, ...]]]:
        """Keep the query ready on a connection that stays open, for what is asked many times a second."""
        if self.kind == "postgres":
            connection = psycopg.connect(self.url, autocommit=True)
            return lambda: connection.execute(sql.encode()).fetchall()
        file = sqlite3.connect(self._file, timeout=20, isolation_level=None)
        return lambda: file.execute(sql).fetchall()


def _start_postgres(directory: Path, supervisor: Supervisor) -> str:
    binaries = postgres.binaries()
    assert binaries is not None, "PostgreSQL is not installed"
    (port,) = free_ports(1)
    home = directory / "postgres"
    home.mkdir()
    if OWNER:
        directory.chmod(0o711)
        shutil.chown(home, "postgres")
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    cluster = str(home / "data")
    trust = ["-U", "finito", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    run_once([*OWNER, str(binaries / "initdb"), "-D", cluster, *trust], env)
    server = [*OWNER, str(binaries / "postgres"), "-D", cluster, "-p", str(port), *SERVER]
    supervisor.start("postgres", server, env, home)
    url = f"postgres://finito@127.0.0.1:{port}/postgres"
    supervisor.wait(lambda: _answers(url), START_SECONDS, "postgres did not answer")
    return url


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
