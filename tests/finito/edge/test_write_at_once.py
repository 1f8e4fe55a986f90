"""An application writes a part of its answer without waiting, where that is possible and nowhere else."""

import gc
import socket
import weakref
from typing import Any

import pytest

from finito.edge.http_protocol import HttpProtocol
from tests.finito.edge.bare_server import serving
from tests.support.waiting import eventually

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LARGE = b"x" * 10_000_000  # more than the kernel takes from one side while the other does not read


class Answer:
    """An application that tries to write at once at each step of one answer; `could` says where it was able to."""

    def __init__(self, length: int | None = None, first: bytes = b"first,") -> None:
        self.headers = [] if length is None else [(b"content-length", str(length).encode())]
        self.first = first
        self.could: list[bool] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        write = scope["extensions"]["write_at_once"]
        self.could.append(write(b"before,"))
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.first, "more_body": True})
        self.could.append(write(b"amid,"))
        await send({"type": "http.response.body", "body": b"last."})
        self.could.append(write(b"after"))


def body_of(answer: Answer, request: bytes = GET) -> bytes:
    """The body as it comes, its chunks' sizes left out; of two answers, both."""
    with serving(answer) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(request)
        received = b""
        while received.count(b"last.") < request.count(b"GET"):
            received += client.recv(65_536) or pytest.fail(f"only {received[:300]!r}")
    return b"".join(line for line in received.split(b"\r\n") if line.endswith((b",", b".")))


def test_it_writes_once_the_answer_has_begun_and_until_it_ends() -> None:
    answer = Answer()
    assert body_of(answer) == b"first,amid,last."
    assert answer.could == [False, True, False]


def test_it_does_not_add_to_a_body_whose_length_was_told() -> None:
    answer = Answer(length=len(b"first,last."))
    body_of(answer)
    assert answer.could == [False, False, False]


def test_it_does_not_write_for_another_request_of_the_connection() -> None:
    answer = Answer()
    assert body_of(answer, GET + GET) == b"first,last.first,amid,last."
    assert answer.could == [False, False, False, False, True, False]


def test_it_does_not_pile_up_what_nobody_reads() -> None:
    answer = Answer(first=LARGE + b",")
    assert body_of(answer).endswith(b"x,last.")
    assert answer.could == [False, False, False]


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_it_writes_as_the_answer_is_written(version: bytes) -> None:
    assert body_of(Answer(), GET.replace(b"1.1", version)) == b"first,amid,last."


def test_a_connection_that_has_ended_is_gone_though_nobody_looks_for_circles(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[weakref.ref[HttpProtocol]] = []

    def lost(protocol: HttpProtocol, error: Exception | None) -> None:
        ended.append(weakref.ref(protocol))
        HttpProtocol.connection_lost(protocol, error)

    noted = type("Noted", (HttpProtocol,), {"connection_lost": lost})
    monkeypatch.setattr("tests.finito.edge.bare_server.HttpProtocol", noted)
    gc.disable()
    try:
        body_of(Answer(), GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        eventually(lambda: ended and ended[0]() is None)
    finally:
        gc.enable()
