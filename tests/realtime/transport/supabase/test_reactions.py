"""What each answer of Supabase asks of the sender."""

import asyncio
import socket
import threading
import time
from contextlib import nullcontext, suppress

import pytest
import structlog
from django.contrib.auth.models import User

from realtime.transport.supabase import project, publisher
from realtime.transport.supabase.broadcast import Away, Limited, NotTaken, Outlet, Refused, reaction_to
from realtime.transport.supabase.relay import Broadcast
from tests.realtime.conftest import MakeEvents
from tests.realtime.transport.supabase.conftest import Hear
from tests.support.supabase import Supabase
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database

RLS, STARTING = "RLS policy error", "Initializing the project's database connection"
TABLE: list[tuple[int, str, type[NotTaken] | None]] = [
    (202, "", None),
    (200, "", None),
    *[(200, page, Refused) for page in ("<!doctype html>", "\ufeff\r\n <html>")],  # a portal's, or a parked domain's
    (401, "", Refused),  # after a second one, with a token minted anew
    (403, "", Refused),
    (404, "", Refused),
    (408, "", Away),
    (415, "", Refused),
    (422, RLS, Refused),
    (422, STARTING, Away),
    (429, "", Limited),
    (301, "", Refused),
    (540, "", Refused),  # paused, until somebody restores it
    *[(status, "", Away) for status in (500, 502, 503, 504, 521)],
]


@pytest.mark.parametrize(("status", "text", "reaction"), TABLE)
def test_rule_23_each_status_has_its_reaction(status: int, text: str, reaction: type[NotTaken] | None) -> None:
    found = reaction_to(status, text if "<" in text else f'{{"message":"{text}"}}')
    assert (type(found) if found else None) is reaction
    assert found is None or bool(found.mend) == (reaction is not Away)


def test_rule_23_pauses_grow_while_the_rate_is_used_up() -> None:
    way = publisher._Supabase()
    pauses = [way.failed(Limited("429")) for _ in range(7)]
    assert pauses == [*publisher.LIMITED_SECONDS, 60, 60] == [5, 10, 20, 40, 60, 60, 60]
    way._limited_at -= publisher.LIMITED_AGAIN_SECONDS
    assert way.failed(Limited("429")) == 5
    assert way.failed(Refused("403")) == 60
    assert [way.failed(Away("503")) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


@pytest.mark.parametrize(
    ("status", "text", "line"),
    [(429, "", "limited"), (403, "", "refused"), (422, RLS, "refused"), (422, STARTING, "failed"), (503, "", "failed")],
)
def test_rule_23_after_each_of_them_one_bare_notice_follows(
    there: Supabase, ann: User, hear: Hear, happen: MakeEvents, status: int, text: str, line: str
) -> None:
    hear(ann)
    there.fault("broadcast", status=status, message=text)
    with structlog.testing.capture_logs() as lines:
        for number in (1, 2, 3):
            happen(ann, first=number)
        eventually(lambda: len(there.posts()) >= 2)
        there.clear_faults()
        eventually(lambda: [post for post in there.posts() if post["status"] == 202])
    payload = there.posts()[-1]["payload"]
    assert (payload["last"], "frames" in payload) == (3, False)
    assert [said["event"] for said in lines if said["event"].startswith("supabase.")][:2] == [f"supabase.{line}"] * 2


def test_rule_23_a_token_that_is_refused_is_minted_anew_once(
    there: Supabase, ann: User, hear: Hear, happen: MakeEvents
) -> None:
    hear(ann)
    there.fault("broadcast", status=401, times=1)
    happen(ann)
    eventually(lambda: len(there.posts()) == 2)
    first, second = there.posts()
    assert (first["status"], second["status"], second["payload"]["last"]) == (401, 202, 1)
    assert len(second["payload"]["frames"]) == 1


@pytest.mark.parametrize(("left", "bare", "rest"), [(80, False, 0), (30, True, 0), (5, True, 5)])
def test_rule_23_it_sends_less_before_the_rate_is_used_up(
    monkeypatch: pytest.MonkeyPatch, left: int, bare: bool, rest: int
) -> None:
    way, posted = publisher._Supabase(), list[Broadcast]()

    async def post(message: Broadcast) -> None:
        posted.append(message)

    monkeypatch.setattr(way, "_post", post)
    way._outlet._note_rate({"x-rate-limit": "100", "x-rate-limit-remaining": str(left)})
    message = Broadcast(1, "s", "e", 1, 1, b"frame\n\n")
    assert asyncio.run(way.send([message])) == rest
    assert posted == [message._replace(frames=b"") if bare else message]


@pytest.mark.parametrize("told", [("nan", "5"), ("100", "nan"), ("inf", "inf"), ("100", "-1"), ("-1", "5"), ("x", "5")])
def test_a_rate_that_is_no_number_says_nothing(told: tuple[str, str]) -> None:
    outlet = Outlet()
    outlet._note_rate(dict(zip(("x-rate-limit", "x-rate-limit-remaining"), told, strict=True)))
    assert (outlet.remaining, outlet.messages_left) == (1.0, None)


@pytest.mark.parametrize(("part", "pause", "taken"), [(b"x", 0.05, False), (b"x" * 60_000, 0, True)])
def test_rule_20_an_answer_is_cut_by_time_and_by_size(part: bytes, pause: float, taken: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_for_ever, args=(server, part, pause), daemon=True).start()
        there = project.read(f"http://127.0.0.1:{server.getsockname()[1]}", "sb_publishable_x", "s" * 40, "plain")
        with nullcontext() if taken else pytest.raises(Away):
            asyncio.run(asyncio.wait_for(Outlet().post(there, Broadcast(1, "s" * 32, "e", 1, 1)), 60))


def answer_for_ever(server: socket.socket, part: bytes, pause: float) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 202 Accepted\r\n\r\n")
        while True:
            connection.sendall(part)
            time.sleep(pause)
