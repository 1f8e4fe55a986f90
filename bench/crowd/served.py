"""A peer in the web's place: the same load, the same cores, a Redis of its own."""

import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from bench.cores import cores_of_their_own
from bench.crowd.crowd import FIRST_NUMBER, Crowd, crowd
from bench.load.generator import Load, User
from bench.peers.catalogue import Missing, Peer, event, require
from bench.processes import cpu_seconds, family
from bench.table import Table
from launcher.environment import ROOT, free_ports
from launcher.probes import redis_answers
from launcher.run import valkey_command
from launcher.supervisor import Failed, Supervisor

SETTLE_SECONDS = 120.0
AT_REST = 0.1  # of a core


@dataclass(frozen=True)
class Served:
    """One server with its load, whoever it is."""

    name: str
    load: Load
    supervisor: Supervisor
    finito: Crowd | None = None

    def pids(self) -> list[int]:
        """Return the server's processes."""
        return family(self.supervisor.children["web"].process.pid)

    def cpu(self) -> float:
        """Return the CPU seconds of the server so far."""
        return cpu_seconds(self.pids())

    def redis_cpu(self) -> float:
        """Return the CPU seconds of Redis so far."""
        return cpu_seconds([self.supervisor.children["redis"].process.pid])

    def settle(self) -> None:
        """Wait until the server is at rest: it has joined every user's channel, and looked at what it may have missed.

        Raises Failed after two minutes.
        """
        began = time.monotonic()
        while time.monotonic() - began < SETTLE_SECONDS:
            before = self.cpu()
            self.load.ask("idle", 1)
            if self._joined() and self.cpu() - before < AT_REST:
                return
        raise Failed(f"{self.name} was not at rest within {SETTLE_SECONDS:.0f} s")

    def _joined(self) -> bool:
        if self.finito is None:  # a peer's stream begins when its subscription stands
            return True
        with Redis.from_url(self.finito.stack.env["REDIS_URL"]) as redis:
            return len(redis.pubsub_channels("*.user.*")) >= len(self.finito.user_ids)


@contextmanager
def finito(database: str, users: int, first_number: int = 0) -> Iterator[Served]:
    """Serve by the product."""
    with crowd(database, users, first_number=first_number) as many:
        yield Served("Finito", many.load, many.stack.supervisor, many)


@contextmanager
def peer(one: Peer, users: int) -> Iterator[Served]:
    """Serve by a peer. Raises Missing where it is not installed."""
    with tempfile.TemporaryDirectory(prefix="finito-peer-", ignore_cleanup_errors=True) as name:
        folder, (port, redis) = Path(name), free_ports(2)
        folder.chmod(0o711)
        command = require(one, folder, port, redis)
        supervisor = Supervisor(folder)
        try:
            with cores_of_their_own() as (apart,):
                supervisor.start("redis", valkey_command(redis), {}, folder)
                supervisor.wait(lambda: redis_answers(redis), 20, "redis did not answer")
                supervisor.start("web", [*apart, *command], {"PATH": "/usr/bin:/bin"}, ROOT)
                supervisor.wait(lambda: _listens(port), 20, f"{one.name} did not answer")
                web, publish = f"127.0.0.1:{port}", f"127.0.0.1:{port if one.publishes_by_itself else redis}"
                people = [_user(one, user, web) for user in range(1, users + 1)]
                with Load(folder, people, web, publish, connections=one.connections, ready=False) as load:
                    yield Served(one.name, load, supervisor)
        finally:
            supervisor.end(["web"], 5)
            supervisor.end(["redis"], 5)


def _user(one: Peer, user: int, web: str) -> User:
    request = f"GET /events/{user} HTTP/1.1\r\nHost: {web}\r\nAccept: text/event-stream\r\n".encode()
    return User(user, FIRST_NUMBER, request, one.record(user, event(user)))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def name_missing(table: Table, one: Peer, why: Missing | Failed) -> None:
    """Say in the table why it has no figures of the peer: it is not there, or it lost events."""
    print(f"{one.name} is not measured: {why}", file=sys.stderr)
    table.notes.append(f"{one.name} is not measured: {why}.")
