"""`GET /events/`: the stream. It is refused or placed at a cursor; then a loop writes until it ends."""

import asyncio
import random
import time
from typing import Any

import structlog
from channels.generic.http import AsyncHttpConsumer
from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie

from realtime import database_errors, metrics
from realtime.stream import queries, replay, sse
from realtime.stream.feeds import Feed, Stream
from realtime.stream.hub import Hub, get_hub

logger = structlog.get_logger(__name__)

RETRY_READ_SECONDS = 1.0
LAST_WORDS_SECONDS = 1.0
NO_CURSOR = sse.Cursor("0", 0)  # no epoch is called 0: a client that resumes from it gets a `reset`


class EventStreamConsumer(AsyncHttpConsumer):
    """A stream of one signed-in user.

    Its own __call__ takes the place of Channels' dispatching, which hops to a thread for every message and hears
    neither the group nor the disconnect while a handler runs (django/channels#1302, #1249, #1747).
    """

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        self.scope, self.base_send = scope, send
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._asked = sse.requested_cursor(scope["headers"], scope["query_string"])
        if scope["method"] != "GET":
            return self.send_response(405, b"", headers=[(b"allow", b"GET")])
        if not _is_same_origin(headers):
            return self.send_response(403, b"")
        session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        return self._stream(session_key, receive)

    @classmethod
    def as_asgi(cls, **initial: Any) -> Any:
        """Return the application; it makes no coroutine of its own, which a stream would keep."""
        return lambda scope, receive, send: cls(**initial)(scope, receive, send)

    async def _stream(self, session_key: str, receive: Any) -> None:
        self.scope["headers"] = []  # a stream lives for hours
        hub = get_hub()
        await hub.start()
        asked_at = time.monotonic()
        user_id = await self._admitted(hub, session_key)
        if user_id is None:
            return
        stream = self._new_stream(user_id, session_key)
        extensions = self.scope.get("extensions", {})  # another server has none of ours
        stream.cut = extensions.get("abort", stream.cut)
        stream.write_at_once = extensions.get("write_at_once", stream.write_at_once)
        stream.hears_late = sse.asks_for_late(self.scope["query_string"])
        feed = hub.register(stream, asked_at)
        if hub.degraded:
            stream.tell("status", {"live": "degraded"})
        watcher = asyncio.create_task(self._watch(receive, stream))
        task: Any = asyncio.current_task()
        stream.stop_writing = task.cancel
        try:
            await self._write(feed, stream)
        except asyncio.CancelledError:
            if not stream.gave_up:
                raise
            task.uncancel()
            stream.cut()
            await asyncio.wait([watcher], timeout=LAST_WORDS_SECONDS)  # so that the server knows it too
        finally:
            watcher.cancel()
            hub.unregister(stream)
            self._count(stream)

    def _new_stream(self, user_id: int, session_key: str) -> Stream:
        age_seconds = settings.STREAM_MAX_AGE_SECONDS * random.uniform(0.8, 1.0)
        return Stream(user_id, session_key, settings.STREAM_HEARTBEAT_SECONDS, age_seconds)

    def _count(self, stream: Stream) -> None:
        metrics.CLOSES.labels(reason=stream.ending or "error").inc()

    async def _admitted(self, hub: Hub, session_key: str) -> int | None:
        """Return the session's user, or None once the request is answered without a stream."""
        try:
            user_id = await queries.user_of(session_key)
        except Exception as error:
            # Not a definite no: the client must come back, and a native EventSource does so only after a 200.
            database_errors.log(logger, "stream.session_unknown", error)
            await self._refuse(None, "error", 1_000, 5_000)
            return None
        feed = hub.feeds.get(user_id) if user_id is not None else None
        if user_id is None:
            await self.send_response(204, b"")
        elif hub.draining:
            await self._refuse(user_id, "deploy", 500, 500 + 1_000 * settings.STREAM_DRAIN_SECONDS)
        elif feed is not None and len(feed.streams) >= settings.STREAM_MAX_PER_USER:
            await self._refuse(user_id, "cap", 42_000, 78_000)  # never the oldest: that one would come back and so on
        else:
            return user_id
        return None

    async def _watch(self, receive: Any, stream: Stream) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        stream.end("gone")

    async def _refuse(self, user_id: int | None, reason: str, lowest_ms: float, highest_ms: float) -> None:
        """Answer 200, `retry`, `bye`, and close. Any other status would end a native EventSource for good."""
        last_words = b":ok\n" + sse.retry(lowest_ms, highest_ms)
        if user_id is not None:
            try:
                last_words += sse.control("bye", await self._known_cursor(user_id), {"reason": reason})
            except DatabaseError as error:
                database_errors.log(logger, "stream.log_unreachable", error)  # `retry` alone brings the client back
        await self.send_headers(headers=sse.HEADERS)
        await self.send_body(last_words)
        metrics.CLOSES.labels(reason=reason).inc()

    async def _known_cursor(self, user_id: int) -> sse.Cursor:
        if self._asked is None:
            return await queries.head_of(user_id)
        try:
            return sse.parse_cursor(self._asked)
        except sse.BadCursor:
            return NO_CURSOR

    async def _put(self, stream: Stream, frames: bytes, more: bool = True) -> None:
        """Hand frames over to the server, which waits while the client does not read; the timer ends the wait."""
        timer = get_hub().timer
        timer.begins_writing(stream)
        await self.base_send({"type": "http.response.body", "body": frames, "more_body": more})
        timer.has_written(stream)

    async def _write(self, feed: Feed, stream: Stream) -> None:
        await self.send_headers(headers=sse.HEADERS)
        await self._put(stream, sse.opening())
        try:
            first = await replay.begin(feed, stream, self._asked)
        except DatabaseError as error:
            database_errors.log(logger, "stream.log_unreachable", error)
            await self._put(stream, b"", more=False)  # it was told when to come back
            return
        await self._put(stream, first)
        while not stream.ending:
            before = stream.written.seq
            if frames := stream.take():
                await self._put(stream, frames)
                metrics.delivered(stream.written.seq - before, stream.committed_at)
            elif stream.live or feed.try_live(stream):
                await stream.woken()
            else:
                await self._catch_up(feed, stream)
        if stream.ending != "gone":
            last_words = stream.take() + sse.retry(*stream.retry_ms)
            bye = sse.control("bye", stream.written, {"reason": stream.ending})
            await self._put(stream, last_words + bye, more=False)

    async def _catch_up(self, feed: Feed, stream: Stream) -> None:
        try:
            frames = await replay.catch_up(feed, stream)
        except DatabaseError as error:
            database_errors.log(logger, "stream.log_unreachable", error)
            frames = b""
        if frames:
            await self._put(stream, frames)
        elif not feed.try_live(stream):
            await stream.wait(RETRY_READ_SECONDS)  # the log does not answer, or is behind what was announced


def _is_same_origin(headers: dict[str, str]) -> bool:
    """Refuse foreign pages: there is no CORS, and a sister domain may come with our cookie."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return bool(origin.partition("://")[2] == headers.get("host"))
