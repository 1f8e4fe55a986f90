"""What the server takes of a request's head, over bare sockets."""

import socket
from collections.abc import Iterator

import pytest

from finito.http_protocol import HEAD_LIMIT_BYTES
from tests.live import Stack

ROOM = 1_000  # for the rest of the head


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Stack(tmp_path_factory.mktemp("stack"), webs=1, workers=0) as stack:
        yield stack.web_ports[0]


def status(port: int, *parts: bytes) -> int:
    """Send these bytes, part by part; the answer's status."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        for part in parts:
            client.sendall(part)
        return int(client.makefile("rb").readline().split()[1])


def get(header: bytes) -> bytes:
    return b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b"\r\n\r\n"


def test_it_takes_a_large_head(port: int) -> None:
    assert status(port, get(b"X-Large: " + b"x" * (HEAD_LIMIT_BYTES - ROOM))) == 200


@pytest.mark.parametrize(
    "head",
    [
        get(b"X-Large: " + b"x" * HEAD_LIMIT_BYTES),
        get(b"\r\n".join([b"X-Many: " + b"x" * 100] * (HEAD_LIMIT_BYTES // 100))),
        b"GET /" + b"x" * (2 * HEAD_LIMIT_BYTES),
        b"GET / HTTP/1.1\r\nX-Endless: " + b"x" * (2 * HEAD_LIMIT_BYTES),
    ],
    ids=["a large header", "many headers", "a path without an end", "a header without an end"],
)
def test_it_refuses_a_head_that_is_too_large(port: int, head: bytes) -> None:
    assert status(port, head[: len(head) // 2], head[len(head) // 2 :]) == 400
    assert status(port, get(b"X-Next: 1")) == 200


@pytest.mark.parametrize("size", [1_000, HEAD_LIMIT_BYTES + ROOM, 900_000])
def test_a_body_does_not_count_as_head(port: int, size: int) -> None:
    head = b"POST /gmail/push/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size
    assert status(port, head, b"x" * size) == 401  # no token
    assert status(port, head + b"x" * size) == 401
