"""A host with several addresses, some of which lead nowhere."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gmail_sync.google import addresses
from gmail_sync.google.http import Http
from tests.support.google.raw_server import RawServer, answers

V6, V4 = socket.AF_INET6, socket.AF_INET
HOST = "gmail.example"


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port that answers nothing to whoever connects, as a packet filter: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """The ports on this machine that stand for the addresses of HOST."""
    known: dict[str, list[int]] = {}

    def found(host: str, *_: Any) -> list[Any]:
        return [(V4, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(addresses, "_answered", {})
    monkeypatch.setattr(addresses, "ATTEMPT_SECONDS", 0.1)
    return known


@pytest.mark.parametrize("dead", [1, 4])
def test_it_finds_the_one_that_answers(resolver: dict[str, list[int]], nowhere: int, dead: int) -> None:
    with RawServer(answers(200, {})) as server:
        resolver[HOST] = [*[nowhere] * dead, server.port]
        assert Http(silence=5, total=5).request(f"http://{HOST}/")[0].status == 200


def test_it_passes_over_a_kind_that_the_machine_does_not_know(
    resolver: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(answers(200, {})) as server:
        unknown = (99, socket.SOCK_STREAM, 0, "", ("::1", server.port, 0, 0))
        known = (V4, socket.SOCK_STREAM, 0, "", ("127.0.0.1", server.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [unknown, known])
        assert Http(silence=5, total=5).request(f"http://{HOST}/")[0].status == 200


def test_it_waits_for_all_of_them_no_longer_than_for_one(resolver: dict[str, list[int]], nowhere: int) -> None:
    resolver[HOST] = [nowhere] * 50
    with pytest.raises(TimeoutError):
        Http(silence=0.5, total=0.5).request(f"http://{HOST}/")


@pytest.mark.parametrize(
    ("found", "preferred", "order"),
    [
        ("6", None, "6"),
        ("4466", None, "4646"),
        ("6664", None, "6466"),
        ("6664", V4, "4666"),
        ("6644", V4, "4646"),
        ("66", V4, "66"),
    ],
)
def test_it_tries_each_kind_in_its_turn(found: str, preferred: int | None, order: str) -> None:
    kinds = {"6": V6, "4": V4}
    told: list[Any] = [
        (kinds[kind], socket.SOCK_STREAM, 0, "", (str(number), 443)) for number, kind in enumerate(found)
    ]
    ordered = addresses._ordered(told, preferred)
    assert [one[0] for one in ordered] == [kinds[kind] for kind in order]
    for kind in kinds.values():
        assert [one for one in ordered if one[0] == kind] == [one for one in told if one[0] == kind]


def test_it_begins_with_the_kind_that_answered_last(resolver: dict[str, list[int]]) -> None:
    with RawServer(answers(200, {})) as server:
        resolver[HOST] = [server.port]
        Http().request(f"http://{HOST}/")
    assert addresses._answered == {HOST: V4}
