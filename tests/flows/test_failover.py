"""A standby takes over while the old primary lives on as a reader, and the old connections with it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.flows.relay import Relay
from tests.flows.test_restored_database import BINARIES, Cluster
from tests.support.environment import STRICT
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos


class Pair:
    """A primary, and later its standby, behind one address: it leads new connections to whoever is the primary."""

    def __init__(self) -> None:
        self.old, self.new = Cluster(), Cluster()
        self.primary = self.old
        self.old.create()
        self.relay = Relay(self._ports())
        self.url = f"postgres://finito@127.0.0.1:{self.relay.port}/postgres"

    def _ports(self) -> Iterator[int]:
        while True:
            yield self.primary.port

    def follow(self) -> None:
        """Start the standby, and have it catch up."""
        source = ["-h", "127.0.0.1", "-p", str(self.old.port), "-U", "finito"]
        self.new._run("pg_basebackup", *source, "-D", self.new.data, "-R", "-c", "fast")
        self.new.start()

    def fail_over(self) -> None:
        """Promote the standby once it has everything; the old primary takes no writes from now on, and lives."""
        with psycopg.connect(self.old.url, autocommit=True) as old, psycopg.connect(self.new.url) as new:
            old.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            old.execute("SELECT pg_reload_conf()")
            eventually(lambda: old.execute("SHOW default_transaction_read_only").fetchone() == ("on",))
            (written,) = old.execute("SELECT pg_current_wal_insert_lsn()").fetchone() or ("",)
            caught_up = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
            eventually(lambda: new.execute(caught_up.encode()).fetchone() == (True,))
            new.rollback()
            self.primary = self.new
            new.execute("SELECT pg_promote()")

    def end(self) -> None:
        for cluster in (self.new, self.old):
            if (cluster.data / "postmaster.pid").exists():
                cluster.stop()
            shutil.rmtree(cluster.directory)


@pytest.fixture
def pair() -> Iterator[Pair]:
    if not BINARIES.is_dir():
        (pytest.fail if STRICT else pytest.skip)("needs PostgreSQL's server: apt-get install postgresql")
    pair = Pair()
    with pair.relay:
        yield pair
    pair.end()


def database_says(ann: SignedIn, web: int) -> str:
    return str(ann.get("/readyz", web).json()["database"])


def test_it_goes_on_without_a_restart_when_another_server_takes_over(pair: Pair, tmp_path: Path) -> None:
    with Stack(tmp_path, database=pair.url, webs=2) as stack:
        ann = stack.sign_in("ann")
        ann.connect("ann@gmail.example", messages=3)
        pair.follow()
        pids = {name: stack.pid(name) for name in ("web0", "web1", "worker0")}
        with ann.stream(web=0) as first, ann.stream(web=1) as second:
            pair.fail_over()
            for stream in (first, second):
                stream.wait_for("reset")  # another timeline: the standby might have lacked something
            stack.simulator.deliver("ann@gmail.example", subject="After the failover")
            for stream in (first, second):
                stream.wait_for("message.added", where=lambda frame: "After" in str(frame.payload))
        eventually(lambda: [database_says(ann, web) for web in (0, 1)] == ["ok", "ok"])
        assert {name: stack.pid(name) for name in pids} == pids
