"""One per process: knows which local streams belong to which user, and lets none of them miss an event.

Notices come by the listener (Redis) and are delivered when they follow on. All else is healed from the log, which is
compared here, by one query for the heads of all users of the process.
"""

import asyncio
import random
import time
from typing import Any

import structlog
from django.conf import settings

from realtime import metrics
from realtime.log import database_timeline, eventlog, reading
from realtime.log_threads import alive, in_log_thread
from realtime.presence.sweeper import watch_rooms
from realtime.stream import feeds
from realtime.stream.feeds import Feed, Stream
from realtime.stream.lateness import Lateness
from realtime.stream.recheck_queue import RecheckQueue
from realtime.stream.session_watch import SessionWatch
from realtime.stream.timer import Timer
from realtime.supervision import supervise
from realtime.transport import hearing
from realtime.transport.listener import Listener
from realtime.transport.publish import Notice

logger = structlog.get_logger(__name__)
TICK_SECONDS = 1.0
HEADS_SECONDS = 10.0
HEADS_DEGRADED_SECONDS = 1.0
BLIND_SECONDS = 30.0


class Hub:
    """The feeds of the process and the tasks that keep them true; get_hub() gives the one instance."""

    def __init__(self) -> None:
        self.feeds: dict[int, Feed] = {}
        self.draining = False
        self.degraded = False
        self.timer = Timer()
        self._lateness = Lateness(self.feeds)
        self._heads_to_check = RecheckQueue()
        self._sessions = SessionWatch(self.feeds)
        self._heads_seen_at = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self.listener = Listener(self.on_message, self.on_joined, self.on_redis)
        self.hearing = hearing.Hearing(self.listener.renew)

    async def start(self) -> None:
        """Start the timers and the listener with the first stream; later calls do nothing."""
        if self._tasks:
            return
        watches = (self._tick, self._compare_heads, self._sessions.watch, self._lateness.watch, watch_rooms)
        self._tasks = list(map(supervise, watches))
        metrics.REDIS_UP.set(self.listener.up)
        self.listener.start()

    async def stop(self) -> None:
        """End the tasks, after the streams have ended."""
        await self.listener.stop()
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    @property
    def alive(self) -> bool:
        """Tell whether all tasks run, which supervision should guarantee, and the database was not silent for long."""
        return alive() and not any(task.done() for task in self._tasks)

    def register(self, stream: Stream, asked_at: float) -> Feed:
        """Join before the log is read: from here on a notice raises the head that the stream must reach.

        Its session was asked for at `asked_at`, by the monotonic clock: what the answer may not know yet is asked anew.
        """
        feed = self.feeds.setdefault(stream.user_id, Feed(stream.user_id))
        feed.streams.add(stream)
        self.timer.add(stream)
        metrics.CONNECTIONS.inc()
        self.listener.want(stream.user_id)
        self._lateness.welcome(stream)
        self._sessions.welcome(stream, asked_at)
        return feed

    def unregister(self, stream: Stream) -> None:
        """Forget the stream."""
        feed = self.feeds[stream.user_id]
        feed.streams.discard(stream)
        self.timer.remove(stream)
        metrics.CONNECTIONS.dec()
        if not feed.streams:
            del self.feeds[stream.user_id]
            self.listener.unwant(stream.user_id)

    def streams(self) -> list[Stream]:
        """List every open stream of the process."""
        return [stream for feed in self.feeds.values() for stream in feed.streams]

    def streams_by_user(self) -> dict[int, int]:
        """Count the open streams of each user; from any thread."""
        return {user_id: len(feed.streams) for user_id, feed in list(self.feeds.items())}

    def on_message(self, message: dict[str, Any]) -> None:
        """Take a notice (a log grew), a call to check a user's sessions, who is in a room, or a process' pulse."""
        match message["type"]:
            case "hub.auth":
                self._sessions.check(message["user_id"])
            case "hub.notice":
                notice = Notice.of(message)
                feed = self.feeds.get(notice.user_id)
                if feed is not None and not feed.on_notice(notice):
                    metrics.GAPS_HEALED.labels(cause="notice").inc()
            case "hub.presence":
                feed = self.feeds.get(message["user_id"])
                for stream in feed.streams if feed is not None else ():
                    stream.tell("presence", message["payload"])
            case "hub.pulse":
                self.hearing.hear(message["process"])
                self._say_whether_degraded()

    def on_joined(self, user_id: int) -> None:
        """Look up what was committed before the user's group was joined; what comes now will be heard."""
        self._heads_to_check.add(user_id)
        self._sessions.check(user_id)

    def on_redis(self, up: bool) -> None:
        """Take note that Redis stopped, or began again, to carry our messages."""
        metrics.REDIS_UP.set(up)
        self.hearing.listen(up)
        self._say_whether_degraded()
        self._heads_to_check.add(*self.feeds)

    def _say_whether_degraded(self) -> None:
        blind = time.monotonic() - self._heads_seen_at > BLIND_SECONDS
        degraded = blind or not self.listener.up or bool(self.hearing.unheard)
        if degraded != self.degraded:
            self.degraded = degraded
            logger.warning("streams.degraded" if degraded else "streams.ok")
            for stream in self.streams():
                stream.tell("status", {"live": "degraded" if degraded else "ok"})

    async def _tick(self) -> None:
        while True:
            self.timer.turn(time.monotonic(), settings.STREAM_WRITE_TIMEOUT_SECONDS)
            metrics.count_delivered()
            self._say_whether_degraded()
            await asyncio.sleep(TICK_SECONDS)

    async def _compare_heads(self) -> None:
        """Compare heads every 10 s (1 s when degraded), at once for queued users: one query; streams behind it read."""
        period = 0.0  # the first look notes which database this is, before it can be another one
        while True:
            async with self._heads_to_check.round(period * random.uniform(0.8, 1.2)) as queued:
                period = HEADS_DEGRADED_SECONDS if self.degraded else HEADS_SECONDS
                if not queued:
                    await database_timeline.renew_if_changed()
                await self._compare(queued)
                if not queued:
                    self.hearing.judge(await in_log_thread(hearing.beating))

    async def _compare(self, queued: set[int]) -> None:
        # By key: to walk all feeds for each user who joins is quadratic.
        known = {user: self.feeds[user].head for user in queued or self.feeds if user in self.feeds}
        heads = await in_log_thread(reading.heads, list(known)) if known else {}
        self._heads_seen_at = time.monotonic()
        went_back = [user for user, head in heads.items() if feeds.went_back(known[user], head)]
        if went_back:
            logger.error("eventlog.went_back", users=len(went_back))
            await in_log_thread(eventlog.renew_epochs, went_back)
            heads |= await in_log_thread(reading.heads, went_back)
        for user, head in heads.items():
            feed = self.feeds.get(user)
            if feed is not None and feed.raise_head(head) and known[user] is not None:
                metrics.GAPS_HEALED.labels(cause="heads").inc()


_hub: Hub | None = None


def get_hub() -> Hub:
    """Return the process's hub; a process has one event loop that serves."""
    global _hub
    if _hub is None:
        _hub = Hub()
    return _hub
