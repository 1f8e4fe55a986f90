"""What the state machine of test_feeds.py moves: a log, and clients of the real stream, all in memory."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from realtime.log import reading
from realtime.stream import sse
from realtime.stream.consumers import EventStreamConsumer
from realtime.stream.feeds import Feed, Stream
from realtime.stream.sse import Cursor
from realtime.transport.publish import Notice
from tests.support.event_source import parse

CONTROL = {"hb", "status", "bye"}


class MemoryLog:
    """What the database would answer."""

    def __init__(self) -> None:
        self.epoch, self.last, self.floor = 0, 0, 0

    @property
    def head(self) -> Cursor:
        return Cursor(f"epoch{self.epoch}", self.last)

    def renew(self) -> None:
        self.epoch, self.floor = self.epoch + 1, self.last

    def append(self, count: int, inline: bool) -> Notice:
        first, self.last = self.last + 1, self.last + count
        frames = b"".join(self.frame(seq) for seq in range(first, self.last + 1)) if inline else b""
        return Notice(1, self.head.epoch, first, self.last, frames)

    def frame(self, seq: int) -> bytes:
        return sse.control("mail", Cursor(self.head.epoch, seq), {"seq": seq})

    def read(self, cursor: Cursor, limit: int) -> reading.Slice | reading.Reset:
        if cursor.epoch != self.head.epoch:
            return reading.Reset(self.head, "epoch")
        if not self.floor <= cursor.seq <= self.last:
            return reading.Reset(self.head, "ahead" if cursor.seq > self.last else "expired")
        last = min(self.last, cursor.seq + limit)
        frames = [self.frame(seq) for seq in range(cursor.seq + 1, last + 1)]
        return reading.Slice(self.head, frames, Cursor(cursor.epoch, last))


@dataclass(eq=False)
class Client:
    """One response, and the question to the log that it waits for."""

    feed: Feed
    asked: str | None
    resets_allowed: bool = False
    at_once: bool = False  # whether its server writes without waking the response (finito/edge/http_protocol.py)
    received: bytes = b""
    question: "asyncio.Future[Any] | None" = None
    stream: Stream = field(default_factory=lambda: Stream(1, "session", 1e9, 1e15))
    may_write: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        self.feed.streams.add(self.stream)
        consumer = EventStreamConsumer()
        consumer.base_send, consumer._asked = self.send, self.asked
        self.stream.write_at_once = self.write_at_once
        self.may_write.set()
        self.task = loop.create_task(consumer._write(self.feed, self.stream))

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_write.wait()
        self.received += message.get("body", b"")

    def write_at_once(self, part: bytes) -> bool:
        if self.at_once and self.may_write.is_set():
            self.received += part
            return True
        return False

    def position(self) -> Cursor | None:
        """Where the received bytes have led to. Fails on the first frame that may not stand where it stands."""
        at: Cursor | None = None
        for frame in parse(self.received):
            cursor = sse.parse_cursor(frame.id)
            if frame.event == "reset":
                assert self.resets_allowed, frame
            elif frame.event == "ready":
                assert at in (None, cursor)
                assert at or self.asked in (None, frame.id)
            elif frame.event in CONTROL:
                assert cursor == at, f"{frame} at {at}"
            else:
                assert at is not None
                assert cursor == Cursor(at.epoch, at.seq + 1), f"{frame} at {at}"
                assert frame.payload == {"seq": cursor.seq}
            at = cursor
        return at
