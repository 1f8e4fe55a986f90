"""The kit itself: it passes another server that keeps the promises, and notices each one that is broken."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.conformance import test_cursors, test_endings, test_framing, test_http, test_resume
from tests.conformance.conftest import record
from tests.conformance.frames import EventSource, Judge, Violation
from tests.conformance.shapes import MAIL_EVENTS, mismatch
from tests.conformance.tiny_server import frame, tiny_server
from tests.conformance.wire import Target

OPENING = b":ok\nretry: 3000\n\n"
READY = frame("ready", 4, cursor="tiny-4", resumed=True, heartbeat=20)
FRESH = READY.replace(b"true", b"false")
MAIL = frame("mailbox.resynced", 5, account_id=7, at="now")
GOOD = OPENING + READY + MAIL

BAD: dict[str, tuple[bytes, str]] = {
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), "LF only"),
    "NUL": (GOOD.replace(b"tiny-5", b"tiny-5\0"), "NUL"),
    "not ASCII": (GOOD.replace(b"now", "n\u2028w".encode()), "printable ASCII"),
    "no opening": (READY, "must begin with ':ok'"),
    "retry without digits": (GOOD.replace(b"3000", b"3.5"), "must begin with ':ok'"),
    "no id": (GOOD.replace(b"id: tiny-5\n", b""), "a frame is"),
    "two data lines": (GOOD.replace(b"data: {", b"data: {\ndata: "), "a frame is"),
    "unknown field": (GOOD.replace(b"data: ", b"date: "), "a frame is"),
    "no JSON": (GOOD.replace(b'"now"}', b'"now"'), "not JSON"),
    "NaN": (GOOD.replace(b'"now"', b"NaN"), "not JSON"),
    "no object": (OPENING + b"id: tiny-4\nevent: ready\ndata: []\n\n", "not a JSON object"),
    "epoch in capitals": (GOOD.replace(b"id: tiny-4", b"id: Tiny-4"), "an id is"),
    "number led by zero": (GOOD.replace(b"id: tiny-5", b"id: tiny-05"), "an id is"),
    "event before ready": (OPENING + MAIL, "first frame is ready"),
    "second ready": (GOOD + READY, "second ready"),
    "reset without ready": (OPENING + frame("reset", 4, reason="bad") + MAIL, "comes ready"),
    "another start": (OPENING + READY.replace(b"4", b"3"), "asked for"),
    "another cursor": (OPENING + READY.replace(b'"tiny-4"', b'"tiny-3"'), "the cursor in ready"),
    "resumed unasked": (OPENING + FRESH, "resumed in ready"),
    "no heartbeat": (OPENING + READY.replace(b"heartbeat", b"beat"), "lacks"),
    "hole": (OPENING + READY + MAIL.replace(b"tiny-5", b"tiny-6"), "tiny-5 comes next"),
    "repeated": (GOOD + MAIL, "tiny-6 comes next"),
    "other epoch": (OPENING + READY + MAIL.replace(b"tiny-5", b"other-5"), "tiny-5 comes next"),
    "hb with a newer id": (GOOD + frame("hb", 6), "must repeat"),
    "bye with an older id": (GOOD + frame("bye", 4, reason="age"), "must repeat"),
    "unknown reason": (GOOD + frame("bye", 5, reason="tired"), "must be one of"),
    "after bye": (GOOD + frame("bye", 5, reason="age") + frame("hb", 5), "after bye"),
    "cut frame": (GOOD[:-2], "within a frame"),
}


def test_the_judge_passes_what_is_right() -> None:
    judge, whole = Judge("tiny-4"), GOOD + frame("reset", 9, reason="backlog") + frame("hb", 9) + b"retry: 7\n\n"
    for byte in whole:
        judge.feed(bytes([byte]))
    judge.end()
    assert [frame.event for frame in judge.frames] == ["ready", "mailbox.resynced", "reset", "hb"]
    assert judge.retries == [3000, 7]


@pytest.mark.parametrize(("stream", "why"), BAD.values(), ids=BAD)
def test_the_judge_refuses_what_is_wrong_and_says_why(stream: bytes, why: str) -> None:
    judge = Judge("tiny-4")
    with pytest.raises(Violation, match=why):  # noqa: PT012
        judge.feed(stream)
        judge.end()


def test_the_eventsource_reads_as_the_specification_says() -> None:
    source = EventSource("before")
    source.feed(b":comment\r\nid: 1\rdata: a\ndata:b\n\nid: 2\nevent: x\ndata\n\nid: 3\n\nid: 4\0\ndata: c\n\nid: 5\n")
    assert source.dispatched == [("1", "message", "a\nb"), ("2", "x", ""), ("3", "message", "c")]
    assert source.last_event_id == "3"


@pytest.mark.parametrize(
    "event", [{}, {"account_id": "7", "at": "now", "message": {}}, {"account_id": True, "at": "now", "message": []}]
)
def test_it_misses_fields_and_types(event: dict[str, Any]) -> None:
    assert mismatch(event, MAIL_EVENTS["message.added"], "message.added")


def drop(event: bytes) -> Callable[[bytes], bytes]:
    """A server that never sends frames of this kind."""
    return lambda sent: b"" if b"event: " + event in sent else sent


def recorded(check: Callable[..., None]) -> Callable[[Target], None]:
    """A test that needs a recording, as one that makes it."""
    return lambda target: check(target, record(target, 10))


PROMISES: dict[str, Callable[[Target], None]] = {
    "opening": test_framing.test_it_opens_with_ok_then_retry_then_ready,
    "fields": lambda target: test_framing.test_it_sends_every_mail_event_with_its_fields(record(target, 10)),
    "replay": recorded(test_framing.test_it_replays_the_very_bytes_that_it_sent_live),
    "every cut": recorded(test_resume.test_it_resumes_with_the_rest_from_every_byte),
    "real cuts": recorded(test_resume.test_it_resumes_when_the_connection_is_cut_at_a_byte),
    "live cuts": recorded(partial(test_resume.test_it_loses_repeats_and_reorders_nothing, cuts=40)),
    "bad cursor": partial(test_cursors.test_it_resets_for_what_is_almost_a_cursor, known_cursor="tiny-0", number="007"),
    "heartbeat": test_endings.test_it_beats_in_time_and_repeats_the_last_id,
    "stranger": test_http.test_it_answers_a_stranger_with_204,
}
FLAWS: dict[str, tuple[str, dict[str, Any], str]] = {
    "CRLF": ("opening", {"change": lambda sent: sent.replace(b"\n", b"\r\n")}, "LF only"),
    "no retry": ("opening", {"change": lambda sent: sent.replace(b"retry: 3000\n", b"")}, "must begin"),
    "field renamed": ("fields", {"change": lambda sent: sent.replace(b"thread_id", b"threadId")}, "lacks"),
    "event lost live": ("fields", {"skip": 7}, "tiny-7 comes next"),
    "event sent twice": ("fields", {"again": 7}, "tiny-8 comes next"),
    "cursor ignored": ("replay", {"cursorless": True}, "asked for"),
    "event lost on resume": ("every cut", {"lost_on_resume": [7]}, "tiny-7 comes next"),
    "last event lost on resume": ("real cuts", {"lost_on_resume": [10]}, "tiny-9, not carry tiny-10"),
    "event lost on resume while mail arrives": ("live cuts", {"lost_on_resume": range(12, 10_000, 3)}, "comes next"),
    "no reset": ("bad cursor", {"change": drop(b"reset")}, "asked for"),
    "no heartbeat": ("heartbeat", {"change": drop(b"hb")}, "without hb"),
    "open to strangers": ("stranger", {"cookie": ""}, "Error"),
}


@pytest.mark.parametrize("promise", PROMISES)
def test_it_passes_another_server(promise: str) -> None:
    with tiny_server() as target:
        PROMISES[promise](target)


@pytest.mark.parametrize(("promise", "flaw", "why"), FLAWS.values(), ids=FLAWS)
def test_it_fails_a_server_that_breaks_a_promise(promise: str, flaw: dict[str, Any], why: str) -> None:
    with tiny_server(**flaw) as target, pytest.raises(AssertionError) as failure:
        PROMISES[promise](target)
    assert why in str(failure.getrepr())


@pytest.mark.parametrize("flaw", [{}, {"again": 7}], ids=["right", "wrong"])
def test_it_judges_the_address_that_the_environment_names(flaw: dict[str, Any]) -> None:
    with tiny_server(**flaw) as target:
        assert target.cause is not None
        command = f"{shlex.quote(sys.executable)} -c \"import httpx; httpx.post('{target.url}/cause/$COUNT')\""
        given = {"URL": target.url, "COOKIE": target.cookie, "CAUSE": command, "CAP": "0"}
        environment = {**os.environ, **{f"FINITO_CONFORMANCE_{name}": value for name, value in given.items()}}
        kit = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{test_framing.__file__}"]
        outcome = subprocess.run(kit, env=environment, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == bool(flaw), outcome.stdout + outcome.stderr
