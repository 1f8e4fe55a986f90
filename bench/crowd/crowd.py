"""A web on a core of its own, users who are signed in, and the load generator as their browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgpack

from bench.crowd.product import Product
from bench.load.generator import NUMBER_BYTES, NUMBER_DIGITS, TIME_DOUBLE, Load, User
from bench.peers.catalogue import event, resp
from bench.stack import Stack

FIRST_NUMBER = 1_000_000_000  # ten digits, as a record's place for the number has
BEAT_SECONDS = 15
SETTINGS = {"STREAM_MAX_AGE_SECONDS": "7200", "STREAM_HEARTBEAT_SECONDS": str(BEAT_SECONDS)}


@dataclass(frozen=True)
class Crowd:
    """What a scenario works with."""

    stack: Stack
    product: Product
    load: Load
    user_ids: list[int]
    cookies: list[str]  # each user's session

    def cpu(self, *names: str) -> float:
        """Return the CPU seconds so far of the web, or of others of the stack."""
        return self.stack.cpu_seconds(*(names or ("web",)))


@contextmanager
def crowd(
    database: str,
    users: int,
    *,
    first_number: int = 0,
    streams_of_one: int = 1,
    env: dict[str, str] | None = None,
    supabase: bool = False,
) -> Iterator[Crowd]:
    """Start it all; nobody has a stream yet. With `streams_of_one` each user has so many. Leaving it checks."""
    with (
        Stack(database, workers=0, apart="web", env={**SETTINGS, **(env or {})}, supabase=supabase) as stack,
        Product(stack) as product,
    ):
        made = product.ask("users", count=users, number=first_number)
        browsers = [
            User(user, first_number, _request(stack, made["cookie"], key), record(made["channel"], user, epoch))
            for user, key, epoch in made["users"]
            for _ in range(streams_of_one)
        ]
        with Load(stack.directory, browsers, stack.web_address, stack.redis_address, ready=True) as load:
            cookies = [f"{made['cookie']}={key}" for _, key, _ in made["users"]]
            yield Crowd(stack, product, load, [user for user, *_ in made["users"]], cookies)


def _request(stack: Stack, cookie: str, key: str) -> bytes:
    head = f"GET /events/ HTTP/1.1\r\nHost: {stack.web_address}\r\nAccept: text/event-stream\r\n"
    return f"{head}Cookie: {cookie}={key}\r\n".encode()


def record(channel: str, user: int, epoch: str) -> bytes:
    """Write the PUBLISH of one notice as the product does it, with places for its number and its time."""
    frame = f"id: {epoch}-".encode() + NUMBER_DIGITS + b"\nevent: message.changed\ndata: " + event(user) + b"\n\n"
    number, moment = int.from_bytes(NUMBER_BYTES, "big"), _double(TIME_DOUBLE)
    notice = {"type": "hub.notice", "user_id": user, "epoch": epoch, "first": number, "last": number}
    message = msgpack.packb({**notice, "frames": frame, "committed_at": moment})
    return resp(b"PUBLISH", f"{channel}{user}".encode(), message)


def _double(places: bytes) -> float:
    return float(msgpack.unpackb(b"\xcb" + places))
