"""The only sender: messages to groups after a commit, from any thread, without ever waiting for Redis.

A notice that is lost costs delay, never an event: the hub compares heads with the log. So nothing is retried here.
What comes while an answer is awaited goes with the next batch: a slow Redis costs time. After one failure nothing is
sent until a probe got through; then one wake-up goes to every group that was skipped.
"""

import asyncio
import atexit
import os
import threading
import time
from collections import deque
from contextlib import suppress
from contextvars import Context
from typing import NamedTuple, Self

import structlog

from realtime import metrics
from realtime.transport import installation
from realtime.transport.outlet import ANSWER_SECONDS, Outlet
from realtime.transport.wire import Message

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = ANSWER_SECONDS
LAST_WORDS_SECONDS = 3.0
PROBE_SECONDS = (0.1, 1.0)  # the first wait for an answer and the longest: each is twice the one before
BACKLOG_LIMIT = 10_000
BACKLOG_BYTES = 8_000_000  # of frames; beyond either limit a group keeps one bare wake-up
BATCH_LIMIT = 500


class Notice(NamedTuple):
    """Says that a user's log has grown by `first`..`last`; `frames` are the ready bytes, or empty (a bare wake-up)."""

    user_id: int
    epoch: str
    first: int
    last: int
    frames: bytes
    committed_at: float = 0.0  # seconds since 1970; 0: not told

    @classmethod
    def of(cls, m: Message) -> Self:
        """Read one that came; a newer release may have said more."""
        return cls(m["user_id"], m["epoch"], m["first"], m["last"], m["frames"], m.get("committed_at", 0.0))


def announce(notices: list[Notice]) -> None:
    """Tell every process that holds streams of these users. Call it after the commit; returns at once."""
    now = time.time()
    for notice in notices:
        message = {"type": "hub.notice", **notice._asdict(), "committed_at": now}
        send_soon(installation.user_group(notice.user_id), message)


def send_soon(group: str, message: Message) -> None:
    """Send to a group from any thread; returns at once. While Redis does not answer, only the last one is kept."""
    _sender().send_soon(group, message)


def renew() -> None:
    """Send what comes next over a new connection: what is sent over this one does not arrive everywhere."""
    _sender().renew()


class Sender:
    """One thread with one event loop, so one Redis connection; the queue in front of it is bounded.

    Whoever has something to send lends neither time nor context: the lines of this log are nobody's request.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._said: deque[tuple[str, Message]] = deque()
        self._called = False
        self._queue: deque[tuple[str, Message]] = deque()
        self._queued_bytes = 0
        self._skipped: dict[tuple[str, str], Message] = {}
        self._up = True
        self._stale = False
        self._outlet = Outlet()
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="publish", daemon=True).start()
        atexit.register(self._finish)

    def send_soon(self, group: str, message: Message) -> None:
        self._said.append((group, message))
        if not self._called:  # one call for a thousand notices of one commit
            self._called = True
            self._loop.call_soon_threadsafe(self._take_said, context=Context())

    def renew(self) -> None:
        self._stale = True

    def _take_said(self) -> None:
        self._called = False  # first: what is said from here on calls again
        while self._said:
            self._take(*self._said.popleft())

    def _take(self, group: str, message: Message) -> None:
        size = len(message.get("frames", b""))
        if not self._up or len(self._queue) >= BACKLOG_LIMIT or self._queued_bytes + size > BACKLOG_BYTES:
            self._skip(group, message)
            return
        self._queue.append((group, message))
        self._queued_bytes += size
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._drain())

    def _finish(self) -> None:
        """Send what is queued before the process ends: a management command lives no longer than its last line."""
        if self.pid == os.getpid():
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(self._sent_all(), self._loop).result(LAST_WORDS_SECONDS)

    async def _sent_all(self) -> None:
        while self._up and self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=0.25)

    def _skip(self, group: str, message: Message) -> None:
        metrics.PUBLISH_FAILURES.inc()
        key = group, message["type"]
        if key in self._skipped or len(self._skipped) < BACKLOG_LIMIT:
            self._skipped[key] = {**message, "frames": b""} if "frames" in message else message

    async def _drain(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(BATCH_LIMIT, len(self._queue)))]
            self._queued_bytes -= sum(len(message.get("frames", b"")) for _, message in batch)
            if not await self._sent(batch):
                for group, message in batch:
                    self._skip(group, message)
                await self._wait_for_redis()
            elif self._skipped and not self._queue:
                self._take_up_skipped()

    async def _sent(self, batch: list[tuple[str, Message]]) -> bool:
        try:
            if self._stale:
                self._stale = False
                await self._outlet.close()
            await self._outlet.send(batch)
        except Exception as error:
            logger.warning("publish.failed", error=type(error).__name__)
            return False
        return True

    async def _wait_for_redis(self) -> None:
        self._up = False
        while self._queue:
            self._skip(*self._queue.popleft())
        self._queued_bytes = 0
        wait_seconds, longest = PROBE_SECONDS
        while True:
            await asyncio.sleep(wait_seconds)
            if await self._sent([("publish-probe", {"type": "probe"})]):
                break
            wait_seconds = min(longest, 2 * wait_seconds)
        self._up = True
        logger.info("publish.recovered", skipped=len(self._skipped))
        self._take_up_skipped()

    def _take_up_skipped(self) -> None:
        self._queue.extend((group, message) for (group, _), message in self._skipped.items())
        self._skipped.clear()


_lock = threading.Lock()
_instance: Sender | None = None


def _sender() -> Sender:
    """Return the process's one sender; a forked child starts its own."""
    global _instance
    with _lock:
        if _instance is None or _instance.pid != os.getpid():
            _instance = Sender()
        return _instance
