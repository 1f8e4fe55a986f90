"""One line for each request: the path and never the query, which at the callback holds the consent's code.

An application adds what it has to say of the request by `bind_contextvars`.
"""

import os
import re
import time
from typing import Any
from urllib.parse import quote

import structlog
from django.conf import settings
from structlog.contextvars import bind_contextvars

from finito.edge.asgi_types import Application, Receive, Scope, Send

logger = structlog.get_logger(__name__)

REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{8,64}")
PATH_LIMIT = 500  # a client may send 64 KiB
QUIET = ("/livez", "/readyz", "/metrics", settings.STATIC_URL)


class RequestLog:
    """Give each request an id, the proxy's if it sent one, in all its lines and in its answer."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _request_id(scope)
        status: int | None = None

        async def send_and_note(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (b"x-request-id", request_id)]
                message = {**message, "headers": headers}
            await send(message)

        began = time.monotonic()
        bind_contextvars(request_id=request_id.decode())  # of the request's own task
        try:
            await self.application(scope, receive, send_and_note)
        finally:
            path = quote(scope["path"][:PATH_LIMIT])
            if not path.startswith(QUIET):
                ms = round(1_000 * (time.monotonic() - began), 1)
                logger.info("request", method=scope["method"], path=path, status=status, ms=ms)


def _request_id(scope: Scope) -> bytes:
    sent: bytes = dict(scope["headers"]).get(b"x-request-id", b"")
    return sent if REQUEST_ID.fullmatch(sent) else os.urandom(8).hex().encode()
