"""A bound on request bodies."""

from typing import Any

from finito.edge.asgi_types import Application, Receive, Scope, Send

BODY_LIMIT_BYTES = 1_048_576
DIGITS = len(str(BODY_LIMIT_BYTES))


class BodyLimit:
    """Answer 413 to a body over 1 MiB as soon as its size is known; Django would first read all of it."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        declared, is_chunked = _length(scope)
        if not declared.isdigit() or _is_over(declared):
            return _refuse(send)
        if is_chunked:
            return self._read_first(scope, receive, send)
        return self.application(scope, receive, send)

    async def _read_first(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the body in, up to the bound: a chunked one tells its length only as it comes."""
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


def _is_over(digits: bytes) -> bool:
    """Tell whether it is more than the limit, however many zeros stand before it: Python makes no number of 5,000."""
    digits = digits.lstrip(b"0")
    return len(digits) > DIGITS or int(digits or b"0") > BODY_LIMIT_BYTES


async def _refuse(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [(b"content-length", b"0"), (b"connection", b"close")],
        }
    )
    await send({"type": "http.response.body", "body": b""})
