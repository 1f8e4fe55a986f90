"""Tickets of one browser, in memory, as page.py has its streams."""

import json
from typing import Any

from realtime.stream.tickets import TicketConsumer
from tests.realtime.page import Page


class TicketPage(Page):
    """GET /events/ticket/, by this scheme and host."""

    def __init__(self, key: str = "", scheme: str = "https", host: str = "finito.example", **more: str) -> None:
        self.scheme, self.host = scheme, host.encode()
        super().__init__(key, **more)

    async def application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"host", self.host), *scope["headers"][1:]]
        asked = {**scope, "path": "/events/ticket/", "scheme": self.scheme, "headers": headers}
        await TicketConsumer.as_asgi()(asked, receive, send)

    async def ticket(self) -> dict[str, Any]:
        """Return the whole answer."""
        await self.wait_for_end()
        assert (self.status, self.headers[b"content-type"]) == (200, b"application/json")
        assert self.headers[b"cache-control"] == b"no-store"
        ticket: dict[str, Any] = json.loads(self.body)
        return ticket
