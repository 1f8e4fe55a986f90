"""An async Django view without middleware, for an address that needs none.

Django runs each synchronous middleware of a request in a thread of that request: a hundred pushes at once are a
hundred threads. The push has no session, no cookie and no page; it is authenticated by its token.
"""

from collections.abc import Awaitable, Callable
from io import BytesIO

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseBadRequest

from finito.edge.asgi_types import Receive, Scope, Send

View = Callable[[ASGIRequest], Awaitable[HttpResponse]]


class BareView:
    """The view as an ASGI application. BodyLimit, which stands before it, bounds the body."""

    def __init__(self, view: View) -> None:
        self.view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = BytesIO()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
        body.seek(0)
        try:
            response = await self.view(ASGIRequest(scope, body))
        except SuspiciousOperation:  # a query of a thousand fields; Django makes the same of it
            response = HttpResponseBadRequest()
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
        headers.append((b"content-length", str(len(response.content)).encode()))
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})
