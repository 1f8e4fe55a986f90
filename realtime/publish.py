"""The only sender: channel-layer messages after a commit, from any thread, without ever waiting for Redis.

A notice that is lost costs delay, never an event: the hub compares heads with the log. So nothing is retried here,
and after one failure nothing is sent until a probe got through.
"""

import asyncio
import os
import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from channels.layers import get_channel_layer

from realtime import installation, metrics

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 0.25
CONNECT_SECONDS = 3.0  # a first connection, perhaps over TLS to another town, may take longer than a message
PROBE_SECONDS = 1.0
BACKLOG_LIMIT = 10_000


@dataclass(frozen=True)
class Notice:
    """Says that a user's log has grown by `first`..`last`; `frames` are the ready bytes, or empty."""

    user_id: int
    epoch: str
    first: int
    last: int
    frames: bytes


def announce(notices: list[Notice]) -> None:
    """Tell every process that holds streams of these users. Returns at once."""
    for notice in notices:
        send_soon(installation.user_group(notice.user_id), {"type": "hub.notice", **asdict(notice)})


def send_soon(group: str, message: dict[str, Any]) -> None:
    """Send to a group from any thread; returns at once, and drops the message while Redis does not answer."""
    _sender().send_soon(group, message)


class Sender:
    """One thread with one event loop, so one Redis connection; the queue in front of it is bounded."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._queue: deque[tuple[str, dict[str, Any]]] = deque(maxlen=BACKLOG_LIMIT)
        self._up = True
        self._connected = False
        self._running = False
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="publish", daemon=True).start()

    def send_soon(self, group: str, message: dict[str, Any]) -> None:
        if not self._up:
            metrics.PUBLISH_FAILURES.inc()
            return
        self._queue.append((group, message))
        self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        if not self._running:
            self._running = True
            self._task = self._loop.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._queue:
                group, message = self._queue.popleft()
                if not await self._sent(group, message):
                    await self._wait_for_redis()
        finally:
            self._running = False

    async def _sent(self, group: str, message: dict[str, Any]) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS if self._connected else CONNECT_SECONDS):
                await get_channel_layer().group_send(group, message)
        except Exception as error:
            self._connected = False
            metrics.PUBLISH_FAILURES.inc()
            logger.warning("publish.failed", error=type(error).__name__)
            return False
        self._connected = True
        return True

    async def _wait_for_redis(self) -> None:
        self._up = False
        self._queue.clear()
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if await self._sent("publish-probe", {"type": "probe"}):
                break
        self._up = True
        logger.info("publish.recovered")


_lock = threading.Lock()
_instance: Sender | None = None


def _sender() -> Sender:
    """The process's one sender; a forked child starts its own."""
    global _instance
    with _lock:
        if _instance is None or _instance.pid != os.getpid():
            _instance = Sender()
        return _instance
