"""The streams of this process by user, and what each still has to be told. No tasks, and no I/O but `write_at_once`.

A stream is live while its position is its feed's head. Anything that does not follow on at once (a hole, a bare
wake-up, a full queue, another epoch) makes it catch up from the log; while it does, only the head may move.
So there is one way to fill a hole, and nothing to merge.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realtime import metrics
from realtime.stream.sse import Cursor, control
from realtime.transport.publish import Notice

QUEUE_FRAMES = 256
QUEUE_BYTES = 262_144
NOWHERE = Cursor("", -1)  # before the first read has told where the stream stands


class Stream:
    """One open response. `written` is the last event on this very stream, `position` the last one queued.

    There are ten thousand of them in a process, which wait nearly always: so it keeps little, and has no timer.
    """

    def __init__(
        self,
        user_id: int,
        session_key: str,
        heartbeat_seconds: float,
        age_seconds: float,
    ) -> None:
        self.user_id = user_id
        self.session_key = session_key
        self.cut: Callable[[], object] = lambda: None  # drops the connection, whatever is still to be written
        self.write_at_once: Callable[[bytes], bool] = lambda frames: False  # to the socket, where nothing waits
        self.stop_writing: Callable[[], object] = lambda: None
        self.gave_up = False  # the client did not read
        self.hears_late = False  # whether it asked to be told what is late (lateness.py)
        self.live = False
        self.ending = ""
        self.retry_ms = (0.0, 0.0)
        self.written = self.position = NOWHERE
        self._heartbeat_seconds = heartbeat_seconds
        self._next_beat = time.monotonic() + heartbeat_seconds
        self._ends_at = time.monotonic() + age_seconds
        self._frames: list[tuple[bytes, Cursor]] = []
        self.committed_at = 0.0  # of the oldest event that is queued
        self._controls: list[tuple[str, dict[str, Any]]] = []
        self._queued_bytes = 0
        self._woken = False
        self._wake: asyncio.Future[None] | None = None

    def push(self, frames: bytes, last: Cursor, committed_at: float) -> None:
        """Write events of a live stream, or queue them; one that overflows goes back to catching up."""
        if self._written_at_once(frames):
            metrics.delivered(last.seq - self.written.seq, committed_at)
            self.jump(last)
            return
        if len(self._frames) >= QUEUE_FRAMES or self._queued_bytes + len(frames) > QUEUE_BYTES:
            self.fall_back()
            return
        if not self._frames:
            self.committed_at = committed_at
        self._frames.append((frames, last))
        self._queued_bytes += len(frames)
        self.position = last
        self._wake_up()

    def fall_back(self) -> None:
        """Forget what is queued and read the log from the last event that was written."""
        self._frames.clear()
        self._queued_bytes = 0
        self.position = self.written
        self.live = False
        self._wake_up()

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        """Queue a control frame; its id is filled in when it is written."""
        self._controls.append((event, payload))
        self._wake_up()

    @property
    def due_at(self) -> float:
        """Return when it is to be looked at next, by the monotonic clock."""
        return min(self._next_beat, self._ends_at)

    def on_tick(self, now: float) -> None:
        """Beat if it is time, end if the stream is old: the process's one timer came round."""
        if now >= self._next_beat:
            self._next_beat = now + self._heartbeat_seconds
            if not self._written_at_once(control("hb", self.written, {})):
                self.tell("hb", {})
        if now >= self._ends_at:
            self.end("age", (100, 2_000))

    def give_up(self) -> None:
        """End, since the client does not read. It resumes once it reads again, and takes nobody's place until then."""
        if not self.gave_up:
            self.gave_up = True
            self.end("slow")
            self.stop_writing()

    def end(self, reason: str, retry_ms: tuple[float, float] = (1_000, 4_000)) -> None:
        """Write `retry` and `bye` with this reason and close; the first call counts."""
        if not self.ending:
            self.ending, self.retry_ms = reason, retry_ms
            self._wake_up()

    def take(self) -> bytes:
        """Return all that is queued, as one write; empty if there is nothing. Moves `written`."""
        self._woken = False
        if not self._frames and not self._controls:
            return b""
        chunks = [frames for frames, _ in self._frames]
        if self._frames:
            self.written = self._frames[-1][1]
            self._frames.clear()
            self._queued_bytes = 0
        if self._controls:
            chunks += [control(event, self.written, payload) for event, payload in self._controls]
            self._controls.clear()
        return b"".join(chunks)

    def jump(self, to: Cursor) -> None:
        """Place the stream at `to`: events up to there were written past the queue, or skipped by `reset`."""
        self.written = self.position = to

    def woken(self) -> asyncio.Future[None]:
        """Return what ends once something happens to the stream; at once where something did since take()."""
        self._wake = asyncio.get_running_loop().create_future()
        if self._woken:
            self._wake.set_result(None)
        self._woken = False
        return self._wake

    async def wait(self, seconds: float) -> None:
        """Sleep until something happens to it, or for that long."""
        await asyncio.wait([self.woken()], timeout=seconds)
        self._wake = None

    def _written_at_once(self, frames: bytes) -> bool:
        """Write while the response sleeps, with all that was queued before, where the server need not wait."""
        return self._wake is not None and not self._wake.done() and self.write_at_once(frames)

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        else:
            self._woken = True


@dataclass
class Feed:
    """A user's streams in this process and the newest position that this process knows of."""

    user_id: int
    head: Cursor | None = None
    streams: set[Stream] = field(default_factory=set)

    def on_notice(self, notice: Notice) -> bool:
        """Deliver, drop, or fall back to the log. False if the log must tell."""
        head = self.head
        if head is not None and notice.epoch == head.epoch:
            if notice.last <= head.seq:
                return True  # already delivered or already being read
            if notice.first == head.seq + 1 and notice.frames:
                self.head = Cursor(notice.epoch, notice.last)
                for stream in self.streams:
                    if stream.live:
                        stream.push(notice.frames, self.head, notice.committed_at)
                return True
        self.raise_head(Cursor(notice.epoch, notice.last))
        return False

    def raise_head(self, head: Cursor) -> bool:
        """Learn of a newer head, or of another epoch, from outside; live streams then read the log."""
        if self.head is not None and self.head.epoch == head.epoch and head.seq <= self.head.seq:
            return False
        self.head = head
        for stream in self.streams:
            if stream.live and stream.position != head:
                stream.fall_back()
        return True

    def try_live(self, stream: Stream) -> bool:
        """Let a stream that has written all that is known go live; no await may come between check and change."""
        stream.live = stream.position == self.head
        return stream.live


def went_back(known: Cursor | None, head: Cursor) -> bool:
    """Tell that a head is below the one known before the query: the database was restored (RULES R7)."""
    return known is not None and known.epoch == head.epoch and head.seq < known.seq
