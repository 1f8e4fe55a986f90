"""Some things grow with the number of streams, and others must not."""

import asyncio
import random
import resource
import socket
from collections.abc import Callable

import psycopg
import pytest
import redis

from tests.load import process
from tests.load.conftest import Audience
from tests.load.member import Member, until
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

USERS, STREAMS_EACH = 200, 10
CONNECTIONS, AT_ONCE = 10_000, 100
POOL = 24
GROWTH_KB = 10_000
BUSY_THREADS = 8  # Django's own come and go with its requests


@pytest.fixture(autouse=True)
def _room_for_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))


def database_connections(audience: Audience) -> int:
    """SQLite: how often both webs have the file open; PostgreSQL: how many connections this database has."""
    url = audience.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        return sum(process.descriptors(audience.pid(web), of="sqlite3") for web in ("web0", "web1"))
    with psycopg.connect(url) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone() or (0,)
        return int(count)


def test_streams_take_neither_threads_nor_database_connections(audience: Audience) -> None:
    pids = [audience.pid("web0"), audience.pid("web1")]
    members = [
        Member(key, audience.web_ports[turn:])
        for key in audience.sessions(USERS)
        for turn in [0, 1] * (STREAMS_EACH // 2)
    ]

    async def story() -> None:
        living: list[asyncio.Task[None]] = []
        threads, connections = [], [0]

        async def watch() -> None:
            while True:
                connections.append(await asyncio.to_thread(database_connections, audience))
                await asyncio.sleep(0.05)

        watching = asyncio.create_task(watch())
        for few in (members[:200], members[200:]):
            living += [asyncio.create_task(member.live()) for member in few]
            await until(lambda few=few: all(member.opened for member in few))  # type: ignore[misc]
            await asyncio.to_thread(audience.happen, 1)
            threads.append([process.threads(pid) for pid in pids])
        await until(lambda: all(2 in member.seqs for member in members))
        for first, last in zip(*threads, strict=True):
            assert last <= first + BUSY_THREADS, threads
        print(f"threads {threads}, at most {max(connections)} database connections")  # noqa: T201
        assert 0 < max(connections) <= 2 * POOL
        for task in (watching, *living):
            task.cancel()
        await asyncio.gather(watching, *living, return_exceptions=True)

    asyncio.run(story())
    for member in members:
        assert member.seqs in ([1, 2], [2])  # those of the second wave began after the first event
        assert len(member.opened) == 1


def vanish(connection: socket.socket) -> None:
    connection.close()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def read_a_little(connection: socket.socket) -> None:
    connection.settimeout(10)
    connection.recv(1024)
    connection.close()


LEAVINGS: list[Callable[[socket.socket], None]] = [vanish, reset, read_a_little]


def come_and_go(audience: Audience, keys: list[str], count: int, chance: random.Random) -> None:
    """So many connections to web0, a hundred at a time; a tenth of them does not even finish its request."""
    for _ in range(count // AT_ONCE):
        open_now = []
        for _ in range(AT_ONCE):
            connection = socket.create_connection(("127.0.0.1", audience.web_ports[0]), timeout=10)
            head = f"GET /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={chance.choice(keys)}\r\n\r\n"
            whole = chance.random() > 0.1
            connection.sendall(head.encode() if whole else head[: chance.randrange(1, len(head) - 4)].encode())
            open_now.append((connection, whole))
        for connection, whole in open_now:
            leave = chance.choice(LEAVINGS if whole else LEAVINGS[:2])
            leave(connection)


def settled(audience: Audience) -> int:
    """The process's memory in KiB, once it has closed what the clients left."""
    eventually(lambda: not process.connections(audience.web_ports[0]), why=lambda: "connections are left")
    return process.own_memory_kb(audience.pid("web0"))


def test_ten_thousand_connections_leave_nothing_behind(audience: Audience) -> None:
    keys, chance = audience.sessions(20), random.Random(1)
    come_and_go(audience, keys, CONNECTIONS, chance)  # what the most that wait at once need stays allocated
    before, threads = settled(audience), process.threads(audience.pid("web0"))
    come_and_go(audience, keys, CONNECTIONS, chance)
    grown = settled(audience) - before
    print(f"grown by {grown} KiB")  # noqa: T201
    assert grown < GROWTH_KB
    assert process.threads(audience.pid("web0")) <= threads + BUSY_THREADS
    with redis.Redis.from_url(audience.redis_url) as client:
        groups = client.pubsub_channels("*user*")
        assert len(groups) <= len(keys)
    assert "Traceback" not in audience.log("web0")
