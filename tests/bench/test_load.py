"""The load generator counts whatever a server does wrong (bench/load): each case is a server that says it so."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.load.generator import NUMBER_DIGITS, TIME_DIGITS, Load, User
from launcher.supervisor import Failed

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
READY = b"id: e-10\nevent: ready\ndata: {}\n\n"


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(text), text)


def event(number: int, user: int = 1, epoch: str = "e") -> bytes:
    return f'id: {epoch}-{number}\nevent: message.changed\ndata: {{"u":{user}}}\n\n'.encode()


@contextlib.contextmanager
def server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """Answer each connection in a thread of its own, once it has said something; the address."""

    def speak(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if asked := connection.recv(4096):
                answer(connection, asked)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=speak, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextlib.contextmanager
def load(folder: Path, body: bytes, *, ahead: int, ready: bool = True) -> Iterator[Load]:
    """One stream on which the body has come; nothing is published."""
    kept: list[socket.socket] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        kept.append(connection)
        connection.sendall(HEAD + body)

    user = User(1, 10, b"GET /events/ HTTP/1.1\r\nHost: x\r\n")
    with server(answer) as address, Load(folder, [user], address, address, ready=ready) as generator:
        generator.ask("open", 1, 1, 0, 0, 5)
        generator.ask("arm", ahead)
        generator.ask("await", 0.3)
        yield generator
        generator.ask("drop")


def test_it_is_content_with_what_follows_on(tmp_path: Path) -> None:
    body = READY + event(11) + event(12) + b"id: e-12\nevent: hb\ndata: {}\n\n"
    with load(tmp_path, chunk(body), ahead=2) as generator:
        counts = generator.counts()
    assert (counts["delivered"], counts["beats"]) == (2, 1)


def test_it_reads_frames_that_come_in_pieces(tmp_path: Path) -> None:
    body = READY + event(11) + event(12)
    with load(tmp_path, b"".join(chunk(body[at : at + 3]) for at in range(0, len(body), 3)), ahead=2) as generator:
        assert generator.counts()["delivered"] == 2


@pytest.mark.parametrize(
    ("wrong", "frames"),
    [
        ("lost", event(11) + event(13)),
        ("repeated", event(11) + event(11)),
        ("disordered", event(11) + event(12) + event(11)),
        ("misdelivered", event(11, user=2)),
        ("misdelivered", event(11, epoch="other")),
        ("disordered", event(11) + b"id: e-10\nevent: hb\ndata: {}\n\n"),
        ("resets", b'id: e-12\nevent: reset\ndata: {"reason":"expired"}\n\n'),
        ("byes", b'id: e-10\nevent: bye\ndata: {"reason":"age"}\n\n'),
    ],
)
def test_it_refuses_a_run_in_which_something_was(tmp_path: Path, wrong: str, frames: bytes) -> None:
    with pytest.raises(Failed, match=wrong), load(tmp_path, chunk(READY + frames), ahead=3):
        pass


def test_it_counts_a_stream_that_the_server_closes(tmp_path: Path) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(HEAD + chunk(READY))
        connection.close()

    user = User(1, 10, b"GET /events/ HTTP/1.1\r\nHost: x\r\n")
    with server(answer) as address:
        generator = Load(tmp_path, [user], address, address, ready=True)
        generator.open()
        generator.ask("idle", 0.2)
        with pytest.raises(Failed, match="closes"):
            generator.__exit__(None, None, None)


def test_it_comes_back_with_the_number_that_it_has(tmp_path: Path) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        at = b"id: e-12\nevent: ready\ndata: {}\n\n" if b"Last-Event-ID: e-12\r\n" in request else READY
        connection.sendall(HEAD + chunk(at + (event(13) if asked[1:] else event(11) + event(12))))
        kept.append(connection)

    kept: list[socket.socket] = []
    user = User(1, 10, b"GET /events/ HTTP/1.1\r\nHost: x\r\n")
    with server(answer) as address, Load(tmp_path, [user], address, address, ready=True) as generator:
        generator.open()
        generator.ask("idle", 0.2)
        generator.ask("drop")
        generator.open(resume=True, ahead=1)
        assert generator.counts()["delivered"] == 3
    assert len([request for request in asked if b"Last-Event-ID" in request]) == 1


def test_it_publishes_each_number_and_time_in_their_places(tmp_path: Path) -> None:
    """The server is its own Redis: what is published to it is what it streams."""
    streams: list[socket.socket] = []

    def answer(connection: socket.socket, first: bytes) -> None:
        if first.startswith(b"GET"):
            streams.append(connection)
            connection.sendall(HEAD + chunk(b":ok\n\n"))
            return
        while first:
            streams[0].sendall(chunk(first))
            first = connection.recv(4096)

    record = b'data: {"u":1,"n":' + NUMBER_DIGITS + b',"t":' + TIME_DIGITS + b"}\n\n"
    user = User(1, 1_000_000_000, b"GET /events/1 HTTP/1.1\r\nHost: x\r\n", record)
    with server(answer) as address, Load(tmp_path, [user], address, address, ready=False) as generator:
        generator.open()
        paced = generator.ask("rate", 100, 0.2)
        assert paced["sent"] == paced["delivered"] == generator.counts()["delivered"] > 10
        assert 0 < paced["p50_ms"] < 5_000
