"""Every message to other processes leaves here, after a commit, from any thread, and without waiting for anybody.

A notice goes to each transport that is on, each with a machine of its own (sender.py): to groups over Redis, which
this file does, and to users who are heard at Supabase (supabase/).

What comes while Redis owes an answer goes with the next batch: a slow Redis costs time. After one failure nothing is
sent until a probe got through; then one wake-up goes to every group that was skipped.
"""

import time
from collections import deque
from collections.abc import Hashable
from typing import Any, NamedTuple, Self

import structlog

from realtime import metrics
from realtime.transport import installation
from realtime.transport.outlet import ANSWER_SECONDS, Outlet
from realtime.transport.sender import sender_of
from realtime.transport.supabase import publisher
from realtime.transport.supabase.relay import Broadcast
from realtime.transport.wire import Message

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = ANSWER_SECONDS
PROBE_SECONDS = (0.1, 1.0)  # the first wait for an answer and the longest: each is twice the one before
BACKLOG_LIMIT = 10_000
BACKLOG_BYTES = 8_000_000  # of frames; beyond either limit a group keeps one bare wake-up
BATCH_LIMIT = 500

ToGroup = tuple[str, Message]


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


def announce(notices: list[Notice], *relayed: tuple[str, Notice]) -> None:
    """Tell every process that holds streams of these users. Call it after the commit; returns at once.

    `relayed` are those notices whose users are heard at Supabase too, each beside the secret of its topic: a secret
    never travels in a notice.
    """
    now = time.time()
    for notice in notices:
        message = {"type": "hub.notice", **notice._asdict(), "committed_at": now}
        send_soon(installation.user_group(notice.user_id), message)
    if relayed:
        publisher.send_soon(
            Broadcast(n.user_id, secret, n.epoch, n.first, n.last, n.frames, now) for secret, n in relayed
        )


def send_soon(group: str, message: Message) -> None:
    """Send to a group from any thread; returns at once. While Redis does not answer, only the last one is kept."""
    sender_of(_Redis).send_soon((group, message))


def renew() -> None:
    """Send what comes next over a new connection: what is sent over this one does not arrive everywhere."""
    sender_of(_Redis).way.stale = True


class _Queue:
    """All messages in their order, in batches."""

    def __init__(self) -> None:
        self.bytes = 0
        self._waiting: deque[ToGroup] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: ToGroup) -> bool:
        size = len(message[1].get("frames", b""))
        if len(self._waiting) >= BACKLOG_LIMIT or self.bytes + size > BACKLOG_BYTES:
            return False
        self._waiting.append(message)
        self.bytes += size
        return True

    def take(self) -> list[ToGroup]:
        batch = [self._waiting.popleft() for _ in range(min(BATCH_LIMIT, len(self._waiting)))]
        self.bytes -= sum(len(message.get("frames", b"")) for _, message in batch)
        return batch

    def release(self, sent: list[ToGroup]) -> None:
        pass  # one batch is under way at a time


class _Redis:
    """One connection, over which one batch at a time goes to any number of groups."""

    name, lanes = "publish", 1

    def __init__(self) -> None:
        self.queue = _Queue()
        self.stale = False
        self._outlet = Outlet()
        self._wait_seconds = 0.0

    async def send(self, messages: list[ToGroup]) -> float:
        if self.stale:
            self.stale = False
            await self._outlet.close()
        await self._outlet.send(messages)
        self._wait_seconds = 0.0
        return 0.0

    def skip(self, message: ToGroup) -> tuple[Hashable, ToGroup]:
        metrics.PUBLISH_FAILURES.inc()
        group, content = message
        kept: dict[str, Any] = {**content, "frames": b""} if "frames" in content else content
        return (group, content["type"]), (group, kept)

    def failed(self, error: Exception) -> float:
        logger.warning("publish.failed", error=type(error).__name__)
        shortest, longest = PROBE_SECONDS
        self._wait_seconds = min(longest, max(shortest, 2 * self._wait_seconds))
        return self._wait_seconds

    async def resume(self, skipped: list[ToGroup]) -> list[ToGroup]:
        await self.send([("publish-probe", {"type": "probe"})])
        return skipped
