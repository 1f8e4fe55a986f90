"""The doctor ends, and with one finding, for all that may answer in Supabase's place."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.server import ServerConnection, serve

from gmail_sync.doctor import supabase as check
from gmail_sync.doctor.clock import ahead_of
from gmail_sync.doctor.supabase_faults import of_handshake, of_post
from realtime.transport.supabase.project import SigningKey, read
from tests.realtime.transport.supabase.test_reactions import answer_for_ever
from tests.support.supabase import Supabase, supabase_at

REPLIES = [{}, {"status": "error"}, {"status": "error", "response": "no"}, {"status": 7, "response": []}, 7, [7]]
NONSENSE = ["Welcome!", "7", "null", "[" * 100_000]
NONSENSE += [json.dumps({"event": "phx_reply", "payload": reply}) for reply in REPLIES]


@contextmanager
def speaking(settings: Any, speak: Callable[[ServerConnection], None]) -> Iterator[None]:
    """Put a server that speaks so in the project's place."""
    with serve(speak, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        for name, value in supabase_at(url).items():
            setattr(settings, name, value)
        yield
        server.shutdown()


@pytest.mark.parametrize("word", NONSENSE, ids=lambda word: word[:60])
def test_it_knows_an_answer_that_is_something_else(
    settings: Any, supabase: Supabase, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(check, "JOIN_SECONDS", 0.5)

    def answer(line: ServerConnection) -> None:
        line.recv()
        line.send(word)

    with speaking(settings, answer):
        (found,) = check.probe()
    assert found.status == "fault", found.line()


def test_it_ends_though_a_server_never_stops_talking(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "JOIN_SECONDS", 0.2)

    def talk(line: ServerConnection) -> None:
        with suppress(WebSocketException):
            while True:
                line.send('{"event":"noise","payload":{}}')

    with speaking(settings, talk):
        (found,) = check.probe()
    assert found.status == "fault", found.line()


def test_it_ends_though_an_answer_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "POST_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_for_ever, args=(server, b"x", 0.05), daemon=True).start()
        there = read(f"http://127.0.0.1:{server.getsockname()[1]}", "sb_publishable_x", "s" * 40, "sealed")
        with pytest.raises(check.AWAY):
            check._post(there, "finito:a", "token")


@pytest.mark.parametrize("date", ["", "soon", f"Fri, 31 Dec {'9' * 20} 23:59:59 GMT", "Fri, 27 Nov 2026 00:00:00 GMT"])
@pytest.mark.parametrize("age", ["inf", "nan", "x"])
def test_a_date_that_is_none_says_nothing_about_the_clock(date: str, age: str) -> None:
    assert ahead_of(httpx.Response(200, headers={"date": date, "age": age}), time.time()) is None


@pytest.mark.parametrize(("status", "mend"), [(540, "restore it"), (503, "try again"), (301, "SUPABASE_URL")])
def test_it_knows_a_paused_project_at_the_door(status: int, mend: str) -> None:
    assert mend in of_handshake(status)[1]


def test_it_takes_a_page_for_no_answer_to_a_broadcast() -> None:
    found = of_post(httpx.Response(200, text="<html>Welcome!</html>"), SigningKey("", "HS256", ""), 0)
    assert found is not None
    assert ("200 with a page" in found[0], "SUPABASE_URL" in found[1]) == (True, True)
