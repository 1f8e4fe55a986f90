"""A stream that is cut anywhere goes on where it was: lost 0, out of order 0, repeated 0."""

import random
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.conformance.conftest import Recording
from tests.conformance.frames import EventSource, Frame, Judge
from tests.conformance.shapes import CONTROL_EVENTS
from tests.conformance.wire import SECONDS, Listener, Response, Target, ask

READERS = 4


def seq_of(cursor: str) -> int:
    """The number in an id."""
    return int(cursor.rpartition("-")[2])


def rest(target: Target, cursor: str, last: Frame, response: Response | None = None) -> list[bytes]:
    """Return what the stream brings after the cursor, up to and with the event `last`."""
    with Listener(target, cursor, response) as listener:
        listener.wait_for(
            f"{last.id}, when resumed from {cursor}",
            lambda judge: judge.frames and judge.frames[-1].seq >= last.seq and judge.frames[-1].event != "hb",
        )
        assert listener.judge.frames[0].event == "ready", f"{cursor} was sent a moment ago and is answered by a reset"
        return [frame.raw for frame in listener.judge.mail if frame.seq <= last.seq]


@pytest.mark.parametrize("place", ["header", "lastEventId", "last_event_id"])
def test_it_resumes_from_a_cursor_wherever_it_stands(target: Target, recording: Recording, place: str) -> None:
    cursor, expected = recording.start, [frame.raw for frame in recording.frames]
    response = ask(target, ("Last-Event-ID", cursor)) if place == "header" else ask(target, query=f"?{place}={cursor}")
    assert rest(target, cursor, recording.frames[-1], response) == expected


@pytest.mark.parametrize("other", ["start", "bad"])
def test_it_prefers_the_header_to_the_query(target: Target, recording: Recording, other: str) -> None:
    last = recording.frames[-1]
    query = f"?lastEventId={recording.start if other == 'start' else 'bad'}"
    assert rest(target, last.id, last, ask(target, ("Last-Event-ID", last.id), query=query)) == []


def test_it_starts_at_the_head_without_a_cursor(target: Target, recording: Recording) -> None:
    with Listener(target) as listener:
        assert listener.wait_for_frame("ready").seq >= recording.frames[-1].seq


def test_it_resumes_with_the_rest_from_every_byte(target: Target, recording: Recording) -> None:
    last = recording.frames[-1]
    with Listener(target, recording.start) as listener:
        listener.wait_for_mail(len(recording.frames))
    source, cursors = EventSource(recording.start), {recording.start: 0}
    for offset, byte in enumerate(listener.response.body, start=1):
        source.feed(bytes([byte]))
        cursors.setdefault(source.last_event_id, offset)
    assert len(cursors) > len(recording.frames)
    for cursor, offset in cursors.items():
        seq = seq_of(cursor)
        expected = [frame.raw for frame in recording.frames if frame.seq > seq]
        if seq <= last.seq:
            assert rest(target, cursor, last) == expected, f"cut at byte {offset}, resumed from {cursor}"


def test_it_resumes_when_the_connection_is_cut_at_a_byte(target: Target, recording: Recording) -> None:
    chance, last = random.Random(), recording.frames[-1]
    longest = sum(len(frame.raw) + 2 for frame in recording.frames)
    for _ in range(200):
        cut = chance.randint(1, longest)
        response = ask(target, ("Last-Event-ID", recording.start))
        while len(response.body) < cut and not response.ended:
            response.read(limit=cut - len(response.body))
        response.close()
        source = EventSource(recording.start)
        source.feed(response.body[:cut])
        seen = sum(event not in ("ready", "hb", "status") for _, event, _ in source.dispatched)
        after = [frame.raw for frame in recording.frames[seen:]]
        assert rest(target, source.last_event_id, last) == after, f"cut at byte {cut}"


class Reader:
    """An EventSource that comes back when its line breaks, and what it handed to its page, by id."""

    def __init__(self, target: Target, start: str) -> None:
        self.target, self.cursor = target, start
        self.events: dict[str, tuple[str, str]] = {}
        self.goal: int | None = None  # the number to read up to; None: on and on

    @property
    def arrived(self) -> bool:
        """Tell whether it may stop."""
        return self.goal is not None and seq_of(self.cursor) >= self.goal

    def connect(self, limit: int = sys.maxsize, patience: float = SECONDS) -> bool:
        """Read so many bytes and go away without a word; False if nothing came for `patience` seconds."""
        response = ask(self.target, ("Last-Event-ID", self.cursor))
        judge, source = Judge(self.cursor), EventSource(self.cursor)
        received = b" "
        while received and len(response.body) < limit and not self.arrived:
            received = response.read(patience, limit - len(response.body))
            judge.feed(received)
            source.feed(received)
            self.cursor = source.last_event_id
            for id_, event, data in source.dispatched:
                assert event != "reset", f"a cursor that was sent a moment ago is answered by a reset: {data}"
                if event not in CONTROL_EVENTS:
                    assert self.events.setdefault(id_, (event, data)) == (event, data), f"{id_} came with another text"
            source.dispatched.clear()
        response.close()
        return bool(received)

    def be_cut(self, times: int) -> None:
        """Lose the line so often, each time after so many bytes as chance has it."""
        until = time.monotonic() + 2 * times + self.target.wait_seconds
        while times:
            assert time.monotonic() < until, f"too little came to be cut {times} times more"
            # Without a cause there is little to cut, and a cut in silence counts, too.
            times -= self.connect(random.randint(1, 1_500), patience=1) or self.target.cause is None


@contextmanager
def mail_arriving(target: Target) -> Iterator[None]:
    """Events all the while, if they can be caused."""
    stop = threading.Event()

    def cause() -> None:
        while target.cause and not stop.wait(0.1):
            target.cause(5)

    with ThreadPoolExecutor(1) as pool:
        causing = pool.submit(cause)
        try:
            yield
        finally:
            stop.set()
        causing.result()


@pytest.mark.parametrize("cuts", [200, pytest.param(1_000, marks=pytest.mark.chaos)])
def test_it_loses_repeats_and_reorders_nothing(target: Target, recording: Recording, cuts: int) -> None:
    """Cut while mail arrives."""
    steady, *readers = (Reader(target, recording.frames[-1].id) for _ in range(1 + READERS))
    with ThreadPoolExecutor(1 + READERS) as pool, mail_arriving(target):
        following = pool.submit(steady.connect)
        try:
            list(pool.map(lambda reader: reader.be_cut(cuts // READERS), readers))
        finally:
            goal = steady.goal = max(seq_of(reader.cursor) for reader in readers)
        for reader in readers:
            reader.goal = goal
        list(pool.map(Reader.connect, readers))
        following.result()
    for reader in readers:
        expected = [event for event in steady.events.items() if seq_of(event[0]) <= goal]
        assert [event for event in reader.events.items() if seq_of(event[0]) <= goal] == expected
