"""A bound on request bodies."""

from typing import Any

from finito.edge.asgi_types import Application, Receive, Scope, Send

BODY_LIMIT_BYTES = 1_048_576


class BodyLimit:
    """Answer 413 to a body over 1 MiB as soon as its size is known; Django would first read all of it."""

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
        # A chunked body tells its length only as it comes, so read it here, up to the bound.
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
