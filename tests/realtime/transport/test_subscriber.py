"""The protocol on one connection: whatever pieces the bytes come in, and however it ends (transport/subscriber.py)."""

import asyncio

import hiredis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import RedisError
from redis.asyncio import Connection

from realtime.transport.subscriber import Subscriber
from tests.realtime.page import until


class Told:
    """A subscriber that is connected to nothing, and all that it tells."""

    def __init__(self) -> None:
        self.messages, self.joined, self.ends = list[bytes](), list[bytes](), list[str]()
        self.subscriber = Subscriber(self.messages.append, self.joined.append, self.ends.append)


replies = st.one_of(
    st.binary(max_size=200).map(lambda body: ("message", body)),
    st.binary(max_size=20).map(lambda name: ("subscribe", name)),
    st.sampled_from([("unsubscribe", b"a"), ("pong", b"")]),
)


@given(st.lists(replies), st.lists(st.integers(1, 9), min_size=1), st.booleans())
def test_it_reads_replies_however_they_are_cut(said: list[tuple[str, bytes]], sizes: list[int], resp3: bool) -> None:
    wire, told = b"+PONG\r\n", Told()
    for kind, of in said:
        packed = hiredis.pack_command((kind, "a", of) if kind == "message" else (kind, of, b""))  # type: ignore[arg-type]
        wire += packed.replace(b"*", b">", 1) if resp3 else packed
    while wire:
        for size in sizes:
            told.subscriber.data_received(wire[:size])
            wire = wire[size:]
    assert told.messages == [of for kind, of in said if kind == "message"]
    assert told.joined == [of for kind, of in said if kind == "subscribe"]
    assert told.ends == []


ERRORS = [b"LOADING", b"NOAUTH", b"NOPERM", b"READONLY", b"MASTERDOWN", b"ERR"]


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_is_its_end_and_told_once_without_what_it_names(code: bytes) -> None:
    told = Told()
    told.subscriber.data_received(b"-" + code + b" of the channel finito__group__x\r\n")
    told.subscriber.connection_lost(None)
    assert told.ends == [code.decode()]


@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x16", b"*-5\r\n"])
def test_what_is_not_redis_is_its_end(nonsense: bytes) -> None:
    told = Told()
    told.subscriber.data_received(nonsense)
    assert told.ends == ["ProtocolError"]


def test_it_tells_nothing_after_it_was_given_up() -> None:
    told = Told()
    told.subscriber.close()
    told.subscriber.connection_lost(ConnectionResetError())
    assert told.ends == []
    with pytest.raises(RedisError):
        told.subscriber.subscribe([b"a"])


def connect_to(answer: bytes, then_closes: bool = False) -> Told:
    """Connect to a Redis that has this answer for everybody."""
    told = Told()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer:
            await reader.read(100)
            writer.write(answer)
        if then_closes:
            writer.close()

    async def story() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await told.subscriber.connect({"connection_class": Connection, "host": "127.0.0.1", "port": port, **QUICK})
            told.subscriber.subscribe([b"a"])
            await until(lambda: told.ends)

    asyncio.run(story())
    return told


QUICK = {"protocol": 2, "driver_info": None, "socket_timeout": 0.3, "socket_connect_timeout": 5}
REFUSALS = [b"-" + code + b" says why\r\n" for code in ERRORS] + [b"-ERR max number of clients reached\r\n", b"?", b""]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_who_is_refused_is_not_connected(refusal: bytes) -> None:
    with pytest.raises(RedisError):
        connect_to(refusal)


def test_a_connection_that_ends_at_once_is_told() -> None:
    told: list[str] = []
    try:
        told += connect_to(b"+PONG\r\n", then_closes=True).ends
    except RedisError:  # it ended even before it was taken over
        return
    assert len(told) == 1
