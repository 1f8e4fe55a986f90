"""The bytes of the stream. The judge of frames.py reads along in every other test, too."""

import pytest

from tests.conformance.conftest import Recording
from tests.conformance.frames import EventSource
from tests.conformance.shapes import MAIL_EVENTS, mismatch
from tests.conformance.wire import Listener, Target, ask


def test_it_opens_with_ok_then_retry_then_ready(target: Target) -> None:
    with Listener(target) as listener:
        ready = listener.wait_for_frame("ready")
        assert listener.response.body.startswith(b":ok\nretry: ")
        assert listener.judge.frames[0] is ready
        assert listener.judge.retries
        assert ready.data["heartbeat"] > 0
        assert ready.data["resumed"] is False


def test_it_numbers_live_events_without_a_hole(recording: Recording) -> None:
    first = int(recording.start.rpartition("-")[2]) + 1
    assert [frame.seq for frame in recording.frames] == list(range(first, first + len(recording.frames)))


def test_it_sends_every_mail_event_with_its_fields(recording: Recording) -> None:
    for frame in recording.frames:
        assert not mismatch(frame.data, MAIL_EVENTS.get(frame.event, {}), f"{frame.event} {frame.id}")


def test_it_replays_the_very_bytes_that_it_sent_live(target: Target, recording: Recording) -> None:
    with Listener(target, recording.start) as listener:
        listener.wait_for_mail(len(recording.frames))
    assert [frame.raw for frame in listener.judge.mail[: len(recording.frames)]] == [f.raw for f in recording.frames]


@pytest.mark.parametrize("accept", [None, "*/*", "text/event-stream", "text/html", "application/json;q=0.1", ";;;", ""])
def test_it_streams_whatever_accept_says(target: Target, accept: str | None) -> None:
    response = ask(target, *([] if accept is None else [("Accept", accept)]))
    with Listener(target, response=response) as listener:
        listener.wait_for_frame("ready")


def test_it_declares_a_stream_that_nobody_stores_or_holds_back(target: Target) -> None:
    response = ask(target, ("Accept-Encoding", "gzip, br"))
    response.close()
    headers = response.headers
    assert headers["content-type"].replace(" ", "").lower() == "text/event-stream;charset=utf-8"
    assert {"no-store", "no-cache"} & {word.strip() for word in headers["cache-control"].split(",")}
    assert "content-encoding" not in headers, "a compressor may hold frames back"
    assert "content-length" not in headers, "a stream has no length"
    if "nginx" not in headers.get("server", ""):  # which takes it out
        assert headers.get("x-accel-buffering") == "no"


def test_it_serves_a_client_of_http_1_0(target: Target) -> None:
    with Listener(target, response=ask(target, version="1.0")) as listener:
        listener.wait_for_frame("ready")


@pytest.mark.xfail(reason="uvicorn with httptools sends chunks to a client of HTTP/1.0", strict=False)
def test_it_sends_no_chunks_to_a_client_of_http_1_0(target: Target) -> None:
    response = ask(target, version="1.0")
    response.close()
    assert not response.chunked, "RFC 9112, 6.1: a client of HTTP/1.0 takes the chunk sizes for data"


def test_a_browser_dispatches_what_the_judge_saw(target: Target, recording: Recording) -> None:
    source = EventSource()
    with Listener(target, recording.start) as listener:
        listener.wait_for_mail(len(recording.frames))
    source.feed(listener.response.body)
    assert [(id_, event) for id_, event, _ in source.dispatched] == [(f.id, f.event) for f in listener.judge.frames]
