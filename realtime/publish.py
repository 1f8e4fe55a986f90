"""The only sender: channel-layer messages after a commit, from any thread, without ever waiting for Redis.

A notice that is lost costs delay, never an event: the hub compares heads with the log. So nothing is retried here.
After one failure nothing is sent until a probe got through; then one wake-up goes to every group that was skipped.
"""

import asyncio
import atexit
import os
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import structlog
from channels.layers import get_channel_layer

from realtime import installation, metrics

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 0.25
CONNECT_SECONDS = 3.0  # a first connection, perhaps over TLS to another town, may take longer than a message
PROBE_SECONDS = (0.1, 1.0)  # the first wait for an answer and the longest: each is twice the one before
BACKLOG_LIMIT = 10_000


@dataclass(frozen=True)
class Notice:
    """Says that a user's log has grown by `first`..`last`; `frames` are the ready bytes, or empty (a bare wake-up)."""

    user_id: int
    epoch: str
    first: int
    last: int
    frames: bytes
    committed_at: float = 0.0  # seconds since 1970; 0: not told

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Read one that came; a newer release may have said more."""
        return cls(**{known.name: message[known.name] for known in fields(cls) if known.name in message})


def announce(notices: list[Notice]) -> None:
    """Tell every process that holds streams of these users. Call it after the commit; returns at once."""
    for notice in notices:
        message = {"type": "hub.notice", **asdict(notice), "committed_at": time.time()}
        send_soon(installation.user_group(notice.user_id), message)


def send_soon(group: str, message: dict[str, Any]) -> None:
    """Send to a group from any thread; returns at once. While Redis does not answer, only the last one is kept."""
    _sender().send_soon(group, message)


class Sender:
    """One thread with one event loop, so one Redis connection; the queue in front of it is bounded."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._queue: deque[tuple[str, dict[str, Any]]] = deque()
        self._skipped: dict[tuple[str, str], dict[str, Any]] = {}
        self._up = True
        self._connected = False
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="publish", daemon=True).start()
        atexit.register(self._finish)

    def send_soon(self, group: str, message: dict[str, Any]) -> None:
        self._loop.call_soon_threadsafe(self._take, group, message)

    def _take(self, group: str, message: dict[str, Any]) -> None:
        if not self._up or len(self._queue) >= BACKLOG_LIMIT:
            self._skip(group, message)
            return
        self._queue.append((group, message))
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._drain())

    def _finish(self) -> None:
        """Send what is queued before the process ends: a management command lives no longer than its last line."""
        if self.pid == os.getpid():
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(self._sent_all(), self._loop).result(CONNECT_SECONDS)

    async def _sent_all(self) -> None:
        while self._up and self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=TIMEOUT_SECONDS)

    def _skip(self, group: str, message: dict[str, Any]) -> None:
        metrics.PUBLISH_FAILURES.inc()
        key = group, message["type"]
        if key in self._skipped or len(self._skipped) < BACKLOG_LIMIT:
            self._skipped[key] = {**message, "frames": b""} if "frames" in message else message

    async def _drain(self) -> None:
        while self._queue:
            group, message = self._queue.popleft()
            if not await self._sent(group, message):
                self._skip(group, message)
                await self._wait_for_redis()

    async def _sent(self, group: str, message: dict[str, Any]) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS if self._connected else CONNECT_SECONDS):
                await get_channel_layer().group_send(group, message)
        except Exception as error:
            self._connected = False
            logger.warning("publish.failed", error=type(error).__name__)
            return False
        self._connected = True
        return True

    async def _wait_for_redis(self) -> None:
        self._up = False
        while self._queue:
            self._skip(*self._queue.popleft())
        wait_seconds, longest = PROBE_SECONDS
        while True:
            await asyncio.sleep(wait_seconds)
            if await self._sent("publish-probe", {"type": "probe"}):
                break
            wait_seconds = min(longest, 2 * wait_seconds)
        self._up = True
        self._queue.extend((group, message) for (group, _), message in self._skipped.items())
        logger.info("publish.recovered", skipped=len(self._skipped))
        self._skipped.clear()


_lock = threading.Lock()
_instance: Sender | None = None


def _sender() -> Sender:
    """The process's one sender; a forked child starts its own."""
    global _instance
    with _lock:
        if _instance is None or _instance.pid != os.getpid():
            _instance = Sender()
        return _instance
