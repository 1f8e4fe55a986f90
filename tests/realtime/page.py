"""A browser's end of one stream, in memory: the real consumer, hub, listener, Redis and database behind it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async

from realtime.stream import hub
from realtime.stream.consumers import EventStreamConsumer
from realtime.transport.listener import Listener
from realtime.transport.pulse import EVERYBODY
from tests.support.event_source import Frame, parse

DEADLINE_SECONDS = 60


def serve(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story in a process of its own kind: one event loop, one hub."""

    async def run() -> None:
        hub._hub = None
        try:
            await story()
        finally:
            await hub.get_hub().stop()
            hub._hub = None

    asyncio.run(run())


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Do something to the database meanwhile."""
    return await database_sync_to_async(function, thread_sensitive=False)(*arguments, **named)


async def until(condition: Callable[[], object], said: str = "") -> None:
    """Wait until something is true; the bound only ends a test that would hang."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not condition():  # noqa: ASYNC110  (of any kind)
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(said or "it did not happen") from None


class Page:
    """GET /events/ with these headers; collects what comes."""

    application = staticmethod(EventStreamConsumer.as_asgi())

    def __init__(self, key: str = "", method: str = "GET", query: str = "", **headers: str) -> None:
        if key:
            headers["cookie"] = f"sessionid={key}"
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": "/events/",
            "query_string": query.encode(),
            "headers": [(b"host", b"testserver"), *named],
        }
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.ended = False
        self.breaks = False
        self.reads = asyncio.Event()
        self.reads.set()
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        self.task = asyncio.create_task(self.application(scope, self._messages.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        if self.breaks:
            raise OSError("the connection is gone")
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]
            self.ended = not message.get("more_body", False)

    @property
    def frames(self) -> list[Frame]:
        """The events so far."""
        return parse(self.body)

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return [frame.id for frame in self.frames]

    async def wait_for(self, event: str, count: int = 1) -> Frame:
        """The nth such event."""
        found: list[Frame] = []

        def came() -> bool:
            found[:] = [frame for frame in self.frames if frame.event == event]
            return len(found) >= count or self.task.done()

        await until(came)
        assert len(found) >= count, f"no {event}, but {[frame.event for frame in self.frames]}"
        return found[count - 1]

    async def wait_for_end(self) -> "Page":
        """Until the response is complete."""
        await until(self.task.done, f"still open after {self.body!r}")
        return self

    def go_away(self) -> None:
        """Close the tab."""
        self._messages.put_nowait({"type": "http.disconnect"})


def joined(listener: Listener) -> set[int]:
    """The users, and EVERYBODY, whose groups Redis has acknowledged."""
    return set(listener._groups.joined)


def wanted(listener: Listener) -> set[int]:
    """The users whom it is to hear."""
    return listener._groups.wanted() - {EVERYBODY}
