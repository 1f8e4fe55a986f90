"""Where a stream starts, and how it gets from where it is to the head: the bytes to write next."""

from django.conf import settings

from realtime import metrics
from realtime.log import reading
from realtime.stream import queries, sse
from realtime.stream.feeds import Feed, Stream


async def begin(feed: Feed, stream: Stream, asked: str | None) -> bytes:
    """Place the stream at the cursor that was asked for, or at the head without one; `ready` says where it is.

    A cursor that cannot be continued is answered by `reset` before `ready`: were `ready` first, its id could carry a
    client that is cut in between past the events that it was never told of.
    """
    if asked is None:
        head = await queries.head_of(stream.user_id)
        return _start(feed, stream, head, "fresh")
    try:
        cursor = sse.parse_cursor(asked)
    except sse.BadCursor:
        head = await queries.head_of(stream.user_id)
        return _reset(head, "bad") + _start(feed, stream, head, "bad")
    answer = await queries.page_after((stream.user_id, cursor))
    if isinstance(answer, reading.Reset):
        return _reset(answer.head, answer.reason) + _start(feed, stream, answer.head, "reset")
    ready = _start(feed, stream, cursor, "ok")
    metrics.delivered(len(answer.frames), 0)
    return ready + _continue(feed, stream, answer)


async def catch_up(feed: Feed, stream: Stream) -> bytes:
    """Read the log once from where the stream is. Empty: it stands where the log ends."""
    answer = await queries.page_after((stream.user_id, stream.written))
    if isinstance(answer, reading.Reset):
        stream.jump(answer.head)
        feed.raise_head(answer.head)
        return _reset(answer.head, answer.reason)
    metrics.delivered(len(answer.frames), answer.stored_at)
    return _continue(feed, stream, answer)


def _start(feed: Feed, stream: Stream, at: sse.Cursor, resume: str) -> bytes:
    metrics.CONNECTS.labels(resume=resume).inc()
    stream.jump(at)
    if resume != "ok":
        feed.raise_head(at)
    heartbeat = settings.STREAM_HEARTBEAT_SECONDS
    payload = {
        "cursor": str(at),
        "resumed": resume == "ok",
        "heartbeat": int(heartbeat) if heartbeat == int(heartbeat) else heartbeat,
    }
    return sse.control("ready", at, payload)


def _continue(feed: Feed, stream: Stream, found: reading.Slice) -> bytes:
    stream.jump(found.last)
    feed.raise_head(found.head)
    return b"".join(found.frames)


def _reset(head: sse.Cursor, reason: str) -> bytes:
    return sse.control("reset", head, {"reason": reason})
