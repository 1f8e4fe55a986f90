"""`GET /events/since/`: what follows a cursor as one JSON answer, for networks and platforms that hold streams back.

It is a stream that is closed by its first events: placed, awaited and ended as any other, by the same code.
"""

import json
import math
import random
import time
from typing import Any

import structlog
from django.db import DatabaseError

from realtime import database_errors, metrics
from realtime.log import reading
from realtime.stream import queries, replay, sse
from realtime.stream.consumers import RETRY_READ_SECONDS, EventStreamConsumer
from realtime.stream.feeds import Feed, Stream

logger = structlog.get_logger(__name__)

LONGEST_WAIT_SECONDS = 25.0  # below the 30 s after which many a proxy and platform ends a request
ON_TIME_SECONDS = 3.0  # who was told nothing for so long is not late
TOO_MANY, UNAVAILABLE = 429, 503

HEADERS = [
    (b"cache-control", b"no-store, no-transform"),
    (b"vary", b"Cookie"),
    (b"x-content-type-options", b"nosniff"),
]


class Ask(Stream):
    """A stream of events alone: its answer has no place for beats, and is not the one to say how the service is."""

    late: list[dict[str, Any]] | None = None  # as far as it was told

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        """Keep what is late, which ends no wait."""
        self.late = payload.get("late", self.late)


class EventsSinceConsumer(EventStreamConsumer):
    """An answer to one signed-in user: at once where there is something to say, else at the first event.

    An ask under way is one of the user's STREAM_MAX_PER_USER streams in this process.
    """

    def _new_stream(self, user_id: int, session_key: str) -> Stream:
        self._ask = Ask(user_id, session_key, math.inf, math.inf)
        return self._ask

    def _count(self, stream: Stream) -> None:
        pass  # by its answer

    async def _refuse(self, user_id: int | None, reason: str, lowest_ms: float, highest_ms: float) -> None:
        """Answer 429 (too many at once) or 503 (draining, or no database), with Retry-After."""
        seconds = math.ceil(random.uniform(lowest_ms, highest_ms) / 1_000)
        status = TOO_MANY if reason == "cap" else UNAVAILABLE
        await self.send_response(status, b"", headers=[*HEADERS, (b"retry-after", b"%d" % seconds)])
        metrics.ASKS.labels(outcome="refused").inc()

    async def _write(self, feed: Feed, stream: Stream) -> None:
        self._began = time.monotonic()
        wait = min(sse.asked_wait(self.scope["query_string"]), LONGEST_WAIT_SECONDS)
        try:
            found = await self._found(feed, stream, self._began + wait)
        except DatabaseError as error:
            database_errors.log(logger, "stream.log_unreachable", error)
            await self._refuse(stream.user_id, "error", 1_000, 5_000)
            return
        if stream.ending == "auth":
            await self.send_response(204, b"", headers=HEADERS)
        elif stream.ending != "gone":
            await self._answer(stream, found)

    async def _found(self, feed: Feed, stream: Stream, until: float) -> bytes:
        """Return the frames that follow what was asked for, or one of `reset`; empty if none came until then."""
        try:
            asked = sse.parse_cursor(self._asked) if self._asked is not None else None
        except sse.BadCursor:
            stream.jump(await queries.head_of(stream.user_id))
            return sse.control("reset", stream.written, {"reason": "bad"})
        if asked is None:
            stream.jump(await queries.head_of(stream.user_id))
            feed.raise_head(stream.written)
            return await self._awaited(feed, stream, until)
        stream.jump(asked)
        return await replay.catch_up(feed, stream) or await self._awaited(feed, stream, until)

    async def _awaited(self, feed: Feed, stream: Stream, until: float) -> bytes:
        frames = b""
        while not frames and not stream.ending and (left := until - time.monotonic()) > 0:
            if stream.live or feed.try_live(stream):
                await stream.wait(left)
                before = stream.written.seq
                frames = stream.take()
                metrics.delivered(min(stream.written.seq - before, reading.PAGE_SIZE), stream.committed_at)
                continue
            frames = await replay.catch_up(feed, stream)
            if not frames and not feed.try_live(stream):
                await stream.wait(min(left, RETRY_READ_SECONDS))  # the log is behind what was announced
        return frames

    async def _answer(self, stream: Stream, found: bytes) -> None:
        """Write at most a page of what was found; the next ask finds the rest in the log."""
        frames = [sse.parts(frame) for frame in found.split(b"\n\n", reading.PAGE_SIZE)[: reading.PAGE_SIZE] if frame]
        reset = frames.pop() if frames and frames[0].event == b"reset" else None
        body = b'{"events":[%s],"cursor":"%s","reset":%s%s}' % (
            b",".join(b'{"id":"%s","type":"%s","data":%s}' % frame for frame in frames),
            frames[-1].id if frames else str(stream.written).encode(),
            json.dumps(json.loads(reset.payload)["reason"]).encode() if reset else b"null",
            b',"late":%s' % self._late().encode() if stream.hears_late else b"",
        )
        metrics.ASKS.labels(outcome="reset" if reset else "events" if frames else "nothing").inc()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await self.send_headers(headers=HEADERS + headers)
        await self._put(stream, body, more=False)

    def _late(self) -> str:
        """Encode what is late; `null` where the answer came too soon to know."""
        late = self._ask.late
        if late is None and time.monotonic() - self._began >= ON_TIME_SECONDS:
            late = []
        return json.dumps(late)
