"""The server takes so much of a request and no more, over bare sockets."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from finito.edge import http_protocol
from finito.edge.http_protocol import HEAD_LIMIT_BYTES, HttpProtocol
from tests.finito.edge.bare_server import serving

ROOM = 1_000  # for the rest of the head


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Takes the body in, and says how long it was; or how long the header `X-Say` was."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(len(dict(scope["headers"]).get(b"x-say", b"")) or size).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(application) as port:
        yield port


def status(port: int, *parts: bytes) -> int:
    """Send these bytes, part by part; the answer's status, 0 if the connection is closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        line = b""
        with suppress(ConnectionError):
            for part in parts:
                client.sendall(part)
        with suppress(ConnectionError):  # what was answered before the connection broke is still there
            line = client.makefile("rb").readline()
        return int(line.split()[1]) if line else 0


def get(header: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b"\r\n\r\n"


def test_it_takes_a_large_head(port: int) -> None:
    assert status(port, get(b"X-Large: " + b"x" * (HEAD_LIMIT_BYTES - ROOM))) == 200


CHUNKED = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        get(b"X-Large: " + b"x" * HEAD_LIMIT_BYTES),
        get(b"\r\n".join([b"X-Many: " + b"x" * 100] * (HEAD_LIMIT_BYTES // 100))),
        b"GET /" + b"x" * (2 * HEAD_LIMIT_BYTES),
        b"GET / HTTP/1.1\r\nX-Endless: " + b"x" * (2 * HEAD_LIMIT_BYTES),
        CHUNKED + b"0\r\nX-Trailer: " + b"x" * (2 * HEAD_LIMIT_BYTES),
    ],
    ids=["a large header", "many headers", "an endless path", "an endless header", "an endless trailer"],
)
def test_it_refuses_what_is_too_large(port: int, head: bytes) -> None:
    assert status(port, head[: len(head) // 2], head[len(head) // 2 :]) == 400
    assert status(port, get(b"X-Next: 1")) == 200


@pytest.mark.parametrize("size", [1_000, HEAD_LIMIT_BYTES + ROOM, 900_000])
def test_a_body_does_not_count_as_head(port: int, size: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size
    assert status(port, head, b"x" * size) == 200
    assert status(port, head + b"x" * size) == 200
    assert status(port, CHUNKED, b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n") == 200


@pytest.mark.parametrize("value", [b"abc", b"  abc", b"abc  ", b"\t abc \t"])
def test_a_header_has_no_blanks_around_it(port: int, value: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(get(b"X-Say: " + value + b"\r\nConnection: close"))
        assert client.makefile("rb").read().endswith(b"\r\n\r\n3")


@pytest.mark.parametrize("begun", [b"", b"GET / HT", get(b"X: 1")[:-2], CHUNKED + b"5\r\nhal"])
def test_it_does_not_wait_for_ever(port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_SECONDS", 1.0)
    assert status(port, begun) == 0
    monkeypatch.undo()
    assert status(port, get(b"X-Next: 1")) == 200


def test_it_keeps_to_the_attributes_whose_names_all_connections_share() -> None:
    made: list[HttpProtocol] = []
    config = uvicorn.Config(application, lifespan="off", log_level="critical")

    def protocol() -> HttpProtocol:
        made.append(HttpProtocol(config, ServerState(), {}))
        return made[0]

    async def serve_once() -> bytes:
        async with await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(get(b"Accept: */*"))
            line = await reader.readline()
            writer.close()
            return line

    assert b"200" in asyncio.run(serve_once())
    assert len(vars(made[0])) <= 30, "from there on Python 3.11 gives each one a dictionary of its own"
