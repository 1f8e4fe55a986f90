"""The static files, before Django: it takes threads and ten times the time, and a page asks for some ninety of them.

WhiteNoise knows their types, and what to answer to whoever has one already.
"""

import gzip
import hashlib
import re
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from whitenoise.media_types import MediaTypes
from whitenoise.responders import StaticFile

from finito import static_storage
from finito.edge.asgi_types import Application, Receive, Scope, Send
from finito.edge.browser_policy import browser_policy
from finito.edge.routes import path_in

PIECE_BYTES = 64 << 10  # whoever reads slowly holds no more than this in memory
SMALL_BYTES = 1_000  # fits into a packet as it is
FOREVER = b"max-age=31536000, public, immutable"
ASK_AGAIN = b"no-cache"  # the file of this release at the address of another, which may run beside it
_COMPRESSIBLE = re.compile(r"text/|image/svg|application/json")
_CONDITIONS = {b"if-none-match": "HTTP_IF_NONE_MATCH", b"if-modified-since": "HTTP_IF_MODIFIED_SINCE"}
_kinds = MediaTypes()

Headers = list[tuple[bytes, bytes]]


class StaticFiles:
    """Answer for the files below STATIC_URL, with and without a version; `otherwise` answers for all else."""

    def __init__(self, otherwise: Application) -> None:
        self.otherwise = otherwise
        self._policies = _policies()
        paths = {} if settings.DEBUG else static_storage.found()
        self._files = {name: File(path, static_storage.contents()[name]) for name, path in paths.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_in(scope)
        name = path.removeprefix(settings.STATIC_URL)
        versioned = static_storage.VERSIONED.match(name)
        file = self._find(name[versioned.end() :] if versioned else name) if name != path else None
        if file is None or (settings.SECURE_SSL_REDIRECT and scope["scheme"] != "https"):
            await self.otherwise(scope, receive, send)
            return
        status, headers, body = file.answer(scope)
        if versioned:
            headers = [field for field in headers if field[0] != b"cache-control"]
            headers.append((b"cache-control", FOREVER if versioned[1] == static_storage.version() else ASK_AGAIN))
        await send({"type": "http.response.start", "status": status, "headers": headers + self._policies})
        for at in range(0, len(body), PIECE_BYTES):
            await send({"type": "http.response.body", "body": body[at : at + PIECE_BYTES], "more_body": True})
        await send({"type": "http.response.body"})

    def _find(self, name: str) -> "File | None":
        if not settings.DEBUG:
            return self._files.get(name)
        if name not in static_storage.found():
            static_storage.found.cache_clear()  # it may be new
        edited = static_storage.found().get(name)
        return File(edited, edited.read_bytes()) if edited else None


class File:
    """A file as it is held, and what WhiteNoise says of it."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._content = content
        kind = _kinds.get_type(path.name)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            "Cache-Control": f"max-age={0 if settings.DEBUG else 60}, public",
            "Access-Control-Allow-Origin": "*",  # they are no secret
            # Not by its time and size: images of containers are made with all times the same.
            "ETag": f'"{hashlib.sha256(content).hexdigest()[:16]}"',
        }
        self._said = StaticFile(str(path), list(headers.items()))
        self._shrinks = len(content) > SMALL_BYTES and bool(_COMPRESSIBLE.match(kind))

    @cached_property
    def _zipped(self) -> bytes:
        return gzip.compress(self._content, mtime=0)

    def answer(self, scope: Scope) -> tuple[int, Headers, bytes]:
        """Return status, headers and body: always the whole file, as HTTP allows."""
        fields = {name: value.decode("latin-1") for name, value in scope["headers"]}
        asked = {theirs: fields[name] for name, theirs in _CONDITIONS.items() if name in fields}
        said = self._said.get_response("HEAD" if scope["method"] == "GET" else scope["method"], asked)
        headers = [(name.lower().encode(), value.encode()) for name, value in said.headers]
        headers = [field for field in headers if field[0] != b"content-length"]
        if self._shrinks:
            headers.append((b"vary", b"accept-encoding"))
        if said.status != HTTPStatus.OK:
            return int(said.status), headers, b""
        body = self._content
        if self._shrinks and "gzip" in fields.get(b"accept-encoding", ""):
            body = self._zipped
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        return int(said.status), headers, b"" if scope["method"] == "HEAD" else body


def _policies() -> Headers:
    """Return what our middleware adds to an answer that comes over the scheme that we allow."""
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    scope = {"type": "http", "scheme": scheme, "method": "GET", "path": "/", "headers": [], "query_string": b""}
    secured = cast(
        "Callable[[HttpRequest], HttpResponse]", SecurityMiddleware(browser_policy(lambda _: HttpResponse()))
    )
    headers = secured(ASGIRequest(scope, BytesIO())).headers
    of_the_page = {"Content-Type", "Cache-Control"}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items() if name not in of_the_page]
