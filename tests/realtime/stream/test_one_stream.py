"""A stream stands back for the log after each notice that does not follow on, ends once, and beats (feeds.py)."""

import asyncio
import time
import weakref

import pytest

from realtime.stream import feeds
from realtime.stream.feeds import Feed, Stream
from realtime.stream.sse import Cursor
from realtime.stream.timer import Timer
from realtime.transport.publish import Notice
from tests.realtime.listeners import MemoryLog
from tests.support.event_source import parse

pytestmark = pytest.mark.slow  # processes, or waits


@pytest.fixture
def live() -> tuple[MemoryLog, Feed, Stream]:
    """A stream that stands at the head of its log, at 0."""
    log, feed, stream = MemoryLog(), Feed(1), Stream(1, "session", 1e9, 1e9)
    feed.streams.add(stream)
    stream.jump(log.head)
    feed.raise_head(log.head)
    assert feed.try_live(stream)
    return log, feed, stream


def stands_back(stream: Stream) -> bool:
    """Whether it will read the log from the last event written, which is none."""
    return not stream.live and stream.take() == b"" and stream.written.seq == stream.position.seq == 0


def test_it_delivers_nothing_of_a_notice_that_overlaps(live: tuple[MemoryLog, Feed, Stream]) -> None:
    log, feed, stream = live
    feed.on_notice(log.append(2, inline=True))
    overlapping = Notice(1, log.head.epoch, 2, 3, log.frame(2) + log.frame(3))
    assert not feed.on_notice(overlapping)
    assert stands_back(stream)


def test_it_reads_the_log_after_a_bare_wake_up(live: tuple[MemoryLog, Feed, Stream]) -> None:
    log, feed, stream = live
    assert not feed.on_notice(log.append(1, inline=False))
    assert stands_back(stream)


def test_it_reads_the_log_after_an_overflow(live: tuple[MemoryLog, Feed, Stream]) -> None:
    log, feed, stream = live
    for _ in range(feeds.QUEUE_FRAMES + 1):
        feed.on_notice(log.append(1, inline=True))
    assert stands_back(stream)


def test_it_ends_for_the_first_reason() -> None:
    stream = Stream(1, "session", 1e9, 1e9)
    stream.end("auth", (1, 2))
    stream.end("deploy", (3, 4))
    assert (stream.ending, stream.retry_ms) == ("auth", (1, 2))


def test_rule_11_it_beats_with_the_last_event_written() -> None:
    stream = Stream(1, "session", heartbeat_seconds=20, age_seconds=1e9)
    stream.jump(Cursor("a", 7))
    stream.on_tick(time.monotonic() + 19)
    assert stream.take() == b""
    stream.on_tick(time.monotonic() + 21)
    assert [(frame.event, frame.id) for frame in parse(stream.take())] == [("hb", "a-7")]


@pytest.mark.parametrize("could", [True, False])
def test_a_stream_that_waits_beats_without_being_woken_where_it_can(could: bool) -> None:
    written: list[bytes] = []

    async def beat() -> bool:
        stream = Stream(1, "session", heartbeat_seconds=20, age_seconds=1e9)
        stream.write_at_once = lambda frames: could and not written.append(frames)  # type: ignore[func-returns-value]
        stream.jump(Cursor("a", 7))
        woken = stream.woken()
        stream.on_tick(time.monotonic() + 21)
        written.append(stream.take())
        return woken.done()

    assert asyncio.run(beat()) is not could
    assert [(frame.event, frame.id) for frame in parse(b"".join(written))] == [("hb", "a-7")]


def test_a_beat_does_not_overtake_what_is_being_written() -> None:
    async def beat() -> bytes:
        stream = Stream(1, "session", heartbeat_seconds=20, age_seconds=1e9)
        stream.write_at_once = lambda frames: pytest.fail("it was not its turn")
        stream.woken()
        stream.tell("status", {"live": "ok"})
        stream.on_tick(time.monotonic() + 21)
        return stream.take()

    assert [frame.event for frame in parse(asyncio.run(beat()))] == ["status", "hb"]


@pytest.mark.parametrize("could", [True, False])
def test_events_reach_a_stream_that_waits_without_waking_it_where_they_can(
    live: tuple[MemoryLog, Feed, Stream], could: bool
) -> None:
    log, feed, stream = live
    written: list[bytes] = []
    stream.write_at_once = lambda frames: could and not written.append(frames)  # type: ignore[func-returns-value]

    async def hear() -> bool:
        woken = stream.woken()
        feed.on_notice(log.append(2, inline=True))
        feed.on_notice(log.append(1, inline=True))
        return woken.done()

    assert asyncio.run(hear()) is not could
    written.append(stream.take())
    assert [frame.id for frame in parse(b"".join(written))] == ["epoch0-1", "epoch0-2", "epoch0-3"]
    assert stream.written == stream.position == log.head


def test_the_timer_keeps_no_stream_that_has_ended() -> None:
    timer, stream = Timer(), Stream(1, "session", heartbeat_seconds=20, age_seconds=1e9)
    timer.add(stream)
    timer.remove(stream)
    kept = weakref.ref(stream)
    del stream
    assert kept() is None
    timer.turn(time.monotonic() + 21, 10)
