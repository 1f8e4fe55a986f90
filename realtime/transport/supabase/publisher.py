"""Sends to Supabase: one message a user at a time, a few users at once, and less before the project's rate is used up.

Nothing is lost with what is not sent: a page that misses a number opens its stream, and asks for a ticket each minute.
"""

import json
import time
from collections.abc import Hashable, Iterable
from typing import Any

import structlog
from channels.db import database_sync_to_async

from realtime import metrics
from realtime.transport.sender import sender_of
from realtime.transport.supabase import hearers, project
from realtime.transport.supabase.broadcast import CONNECTIONS, Away, Limited, NotTaken, Outlet, Refused
from realtime.transport.supabase.relay import Broadcast
from realtime.transport.supabase.waiting import Waiting

logger = structlog.get_logger(__name__)

PROBE_SECONDS = (0.1, 1.0)  # after a failure: the first wait and the longest, each twice the one before
LIMITED_SECONDS = (5.0, 10.0, 20.0, 40.0, 60.0)
LIMITED_AGAIN_SECONDS = 120.0  # since the last time: then the pause is the next longer one
REFUSED_SECONDS = 60.0
BARE_BELOW, SELDOM_BELOW = 1 / 3, 1 / 10  # of the rate: then no frames; then one message a user and SELDOM_SECONDS
SELDOM_SECONDS = 5.0
BYE_SECONDS = 60  # by then every page has asked for a ticket, without being told to


def send_soon(messages: Iterable[Broadcast]) -> None:
    """Send to these users' topics, if a project is configured; from any thread, returns at once."""
    if project.configured() is not None:
        for message in messages:
            sender_of(_Supabase).send_soon(message)


def tell_presence(payloads: dict[int, dict[str, Any]]) -> None:
    """Tell users who is in a room of theirs, if they are heard and our messages may name people."""
    there = project.configured()
    if there is not None and there.payload != "notice":
        heard = hearers.heard(payloads)
        said = {user_id: json.dumps(payloads[user_id]).encode() for user_id in heard}
        send_soon(Broadcast(user_id, secret, presence=said[user_id]) for user_id, (secret, _) in heard.items())


class _Supabase:
    """The way of the machine (sender.py) that leads to Supabase."""

    name, lanes = "supabase", CONNECTIONS

    def __init__(self) -> None:
        self.queue = Waiting()
        self._outlet = Outlet()
        self._wait_seconds = 0.0
        self._limited, self._limited_at = 0, -LIMITED_AGAIN_SECONDS

    async def send(self, messages: list[Broadcast]) -> float:
        for message in messages:
            await self._post(message if self._outlet.remaining >= BARE_BELOW else message._replace(frames=b""))
        return SELDOM_SECONDS if self._outlet.remaining < SELDOM_BELOW else 0.0

    def skip(self, message: Broadcast) -> tuple[Hashable, Broadcast]:
        metrics.SUPABASE_PUBLISH.labels(result="skipped").inc()
        return message.user_id if message.last else (message.secret, message.bye), message._replace(frames=b"")

    def failed(self, error: Exception) -> float:
        if isinstance(error, Limited):
            logger.warning("supabase.limited", mend=error.mend)
            return self._limited_seconds()
        metrics.SUPABASE_UP.set(0)
        if isinstance(error, Refused):
            logger.error("supabase.refused", status=str(error), mend=error.mend)
            return REFUSED_SECONDS
        logger.warning("supabase.failed", error=str(error) if isinstance(error, Away) else type(error).__name__)
        shortest, longest = PROBE_SECONDS
        self._wait_seconds = min(longest, max(shortest, 2 * self._wait_seconds))
        return self._wait_seconds

    def _limited_seconds(self) -> float:
        now = time.monotonic()
        self._limited = self._limited + 1 if now - self._limited_at < LIMITED_AGAIN_SECONDS else 0
        self._limited_at = now
        return LIMITED_SECONDS[min(self._limited, len(LIMITED_SECONDS) - 1)]

    async def resume(self, skipped: list[Broadcast]) -> list[Broadcast]:
        """Send the first that is still wanted: a pause is long enough for a topic to be abandoned."""
        users = [message.user_id for message in skipped if message.last]
        heard = await database_sync_to_async(hearers.heard, thread_sensitive=False)(users)
        wanted = [message for message in skipped if message.bye and time.time() - message.committed_at < BYE_SECONDS]
        for user_id, (secret, head) in heard.items():
            wanted.append(Broadcast(user_id, secret, head.epoch, head.seq, head.seq, b"", time.time()))
        if wanted:
            await self._post(wanted[0])
        self._is_up()
        return wanted[1:]

    async def _post(self, message: Broadcast) -> None:
        there = project.configured()
        if there is None:
            return
        began = time.monotonic()
        try:
            await self._outlet.post(there, message)
        except NotTaken as error:
            metrics.SUPABASE_PUBLISH.labels(result=error.result).inc()
            raise
        finally:
            metrics.SUPABASE_PUBLISH_SECONDS.observe(time.monotonic() - began)
            if self._outlet.messages_left is not None:
                metrics.SUPABASE_RATE_REMAINING.set(self._outlet.messages_left)
        metrics.SUPABASE_PUBLISH.labels(result="taken").inc()
        self._is_up()

    def _is_up(self) -> None:
        metrics.SUPABASE_UP.set(1)
        self._wait_seconds = 0.0
