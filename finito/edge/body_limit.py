"""A bound on request bodies."""

from typing import Any

from finito.edge.asgi_types import Application, Receive, Scope, Send

BODY_LIMIT_BYTES = 1_048_576


class BodyLimit:
    """Answer 413 to a body over 1 MiB as soon as its size is known; Django would first read all of it."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared, is_chunked = _length(scope)
        if not declared.isdigit() or int(declared) > BODY_LIMIT_BYTES:
            await _refuse(send)
            return
        if not is_chunked:
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


def _length(scope: Scope) -> tuple[bytes, bool]:
    """Return the declared length, and whether the body comes in chunks."""
    headers = dict(scope["headers"])
    return headers.get(b"content-length", b"0"), b"transfer-encoding" in headers


async def _refuse(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [(b"content-length", b"0"), (b"connection", b"close")],
        }
    )
    await send({"type": "http.response.body", "body": b""})
