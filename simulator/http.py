"""The endpoints' common ground: forms, JSON bodies, error answers, the commit, and a connection that breaks."""

import asyncio
import json
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.clock import Clock
from simulator.errors import GoogleError
from simulator.state import Document, State


class AsciiJSON(JSONResponse):
    """JSON in ASCII, as Gmail's answers here are: a mail may hold lone surrogates, which UTF-8 cannot."""

    def render(self, content: Any) -> bytes:
        """Write the body."""
        return json.dumps(content, separators=(",", ":")).encode()


class CutResponse(Response):
    """Promises its whole body, sends half of it and breaks the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def cut_response(response: Response) -> Response:
    """Return the same response, broken in the middle."""
    return CutResponse(response.body, response.status_code, dict(response.headers))


async def google_error(http: Request, error: Exception) -> Response:
    """Answer with the GoogleError that an endpoint raised."""
    assert isinstance(error, GoogleError)
    return JSONResponse(error.body(), error.status, error.headers())


async def read_json(http: Request) -> Document:
    """Return the JSON object in the body; an empty body is an empty object, anything else a 400."""
    try:
        document = json.loads(await http.body() or b"{}")
    except ValueError:
        raise GoogleError(400, "parseError", "Invalid JSON payload received.") from None
    if not isinstance(document, dict):
        raise GoogleError(400, "parseError", "Invalid JSON payload received.")
    return document


async def read_form(http: Request) -> list[tuple[str, str]]:
    """Return the fields of a urlencoded body, in order."""
    return parse_qsl((await http.body()).decode("utf-8", "replace"), keep_blank_values=True)


class Door:
    """Stands before every endpoint: keeps foreign web pages out, commits before an answer leaves, and dates the answer
    by the simulated clock."""

    def __init__(self, app: ASGIApp, state: State, clock: Clock) -> None:
        self._app, self._state, self._clock = app, state, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "POST" and _is_foreign(Headers(scope=scope)):
            await PlainTextResponse("Foreign origin.", 403)(scope, receive, send)
            return

        async def commit_then_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._state.commit()
                date = formatdate(self._clock.now(), usegmt=True)
                message = {**message, "headers": [*message.get("headers", []), (b"date", date.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, commit_then_send)
        except asyncio.CancelledError:  # the program ends, and this was still waiting: a pull, a delay
            await PlainTextResponse("The simulator ends.", 503)(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another site sent this: browsers say so, programs send no Origin."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
