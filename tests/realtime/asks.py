"""Asks of one browser, in memory, as page.py has its streams."""

import json
from typing import Any

from realtime.stream import since
from realtime.stream.hub import get_hub
from tests.realtime.page import Page, until


class Ask(Page):
    """GET /events/since/."""

    application = staticmethod(since.EventsSinceConsumer.as_asgi())

    async def answer(self) -> dict[str, Any]:
        """Return the whole answer."""
        await self.wait_for_end()
        assert (self.status, self.headers[b"content-type"]) == (200, b"application/json")
        assert self.headers[b"cache-control"] == b"no-store, no-transform"
        assert int(self.headers[b"content-length"]) == len(self.body)
        answer: dict[str, Any] = json.loads(self.body)
        return answer


async def ask(key: str, cursor: str | None = None, **query: object) -> dict[str, Any]:
    fields = {"lastEventId": cursor, **query} if cursor is not None else query
    return await Ask(key, query="&".join(f"{name}={value}" for name, value in fields.items())).answer()


async def waiting(key: str, cursor: str | None = None, wait: float = 25) -> Ask:
    """Ask, and return when nothing is left to do but to wait."""
    page = Ask(key, query=f"wait={wait}" + (f"&lastEventId={cursor}" if cursor else ""))
    await until(lambda: page.task.done() or any(stream._wake for stream in get_hub().streams()))
    return page
