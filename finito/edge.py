"""What stands before Django: start-up, drain, a bound on request bodies, and one spelling of headers."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from django.core import checks
from django.core.management.color import color_style

from finito.canonical import canonical_headers
from finito.concealment import conceal
from realtime import drain
from realtime.hub import get_hub
from realtime.pulse import Pulse
from realtime.recorder import Recorder

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT_BYTES = 1_048_576


def refuse_to_start_misconfigured() -> None:
    """Run the system checks as `manage.py` does; a server started by uvicorn would otherwise skip them."""
    errors = [message for message in checks.run_checks(databases=[]) if message.is_serious()]
    if errors:
        style = color_style()
        print(*(style.ERROR(conceal(str(error))) for error in errors), sep="\n", file=sys.stderr)  # noqa: T201
        sys.exit(1)


class Lifespan:
    """Start the hub with the server and stop it after the last response (ASGI lifespan protocol 2.0)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        drain.install()
        await get_hub().start()
        recorder = Recorder("web", get_hub().streams_by_user)
        recorder.start()
        pulse = Pulse("web", get_hub().hearing.told)
        pulse.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await get_hub().stop()
        await asyncio.gather(asyncio.to_thread(recorder.stop), asyncio.to_thread(pulse.stop))
        await send({"type": "lifespan.shutdown.complete"})


class BodyLimit:
    """Answer 413 to a body over 1 MiB as soon as that is known: Django would first take all of it in."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > BODY_LIMIT_BYTES:
            await _refuse(send)
            return
        if b"transfer-encoding" not in headers:
            await self.application(scope, receive, send)
            return
        # Chunked: its length shows only as it comes, so it is taken in here, up to the bound.
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > BODY_LIMIT_BYTES:
                await _refuse(send)
                return
            if not message.get("more_body"):
                break
        pending = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> dict[str, Any]:
            return pending.pop() if pending else await receive()

        await self.application(scope, replay, send)


async def _refuse(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [(b"content-length", b"0"), (b"connection", b"close")],
        }
    )
    await send({"type": "http.response.body", "body": b""})


class Canonical:
    """Rewrite the headers for all that stands behind it; the scheme must be the client's by now."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application({**scope, "headers": canonical_headers(scope)}, receive, send)
