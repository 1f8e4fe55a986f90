"""Streams end as promised, and the next one goes on."""

import time
from contextlib import ExitStack

import pytest

from tests.conformance.wire import SECONDS, Listener, Response, Target, ask


def test_a_logout_closes_the_stream_for_good(target: Target) -> None:
    leaving = target.sign_in()
    with Listener(leaving) as listener, Listener(target) as other:
        ready = listener.wait_for_frame("ready")
        other.wait_for_frame("ready")
        leaving.sign_out()
        bye = listener.wait_for_frame("bye", 60)
        assert bye.data["reason"] == "auth"
        assert bye.seq >= ready.seq
        assert len(listener.judge.retries) == 2, "a retry goes with bye, for clients that come back"
        listener.wait_for_end()
        assert ask(leaving, ("Last-Event-ID", bye.id)).status == 204
        assert not other.response.ended, "another session of the user was closed, too"


def accepted(listener: Listener) -> bool:
    """Tell whether the stream begins; False if it is one too many."""
    listener.wait_for("ready or bye", lambda judge: judge.frames)
    return listener.judge.frames[0].event == "ready"


def test_the_cap_lets_so_many_in_and_tells_the_next_to_come_later(target: Target) -> None:
    if not target.cap:
        pytest.skip("FINITO_CONFORMANCE_CAP is 0: the address is more than one process, or has no cap")
    with ExitStack() as streams:
        opened: list[Response] = []
        until = time.monotonic() + SECONDS
        while len(opened) < target.cap:
            listener = streams.enter_context(Listener(target))
            if accepted(listener):
                opened.append(listener.response)
            else:  # streams of earlier tests may not be gone yet
                assert time.monotonic() < until, f"{len(opened)} streams were let in, not {target.cap}"
                time.sleep(0.1)
        with Listener(target) as refused:
            assert not accepted(refused), f"{target.cap + 1} streams were let in"
            refused.wait_for_end()
        assert [(frame.event, frame.data["reason"]) for frame in refused.judge.frames] == [("bye", "cap")]
        assert max(refused.judge.retries) >= 30_000, "about a minute, so that it does not come back at once"
        assert not any(response.ended for response in opened), "the oldest must not make room: it would come back"
        opened[0].close()
        comes_in(target)


def comes_in(target: Target) -> None:
    """Wait until one more stream is let in."""
    until = time.monotonic() + SECONDS
    while True:
        with Listener(target) as listener:
            if accepted(listener):
                return
        assert time.monotonic() < until, "a client that went away still takes a place"
        time.sleep(0.1)


def test_clients_that_go_away_without_a_word_take_no_place(target: Target) -> None:
    for _ in range(3 * max(target.cap, 4)):
        ask(target).close()
    comes_in(target)


def test_it_beats_in_time_and_repeats_the_last_id(target: Target) -> None:
    with Listener(target) as listener:
        ready = listener.wait_for_frame("ready")
        listener.wait_for_frame("hb", 2.5 * ready.data["heartbeat"])  # after which a client gives the line up
