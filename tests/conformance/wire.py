"""The server under judgement, and HTTP/1 to the byte: what a library would mend or hide is seen here."""

import socket
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conformance.frames import Frame, Judge

SECONDS = 60.0  # for what a server does at once


@dataclass(frozen=True)
class Target:
    """An address, and who asks. `cause(n)` makes n or more events; without it they must come by themselves."""

    url: str
    user: str = ""
    password: str = ""
    cookie: str = ""
    cause: Callable[[int], object] | None = None
    cap: int = 12
    wait_seconds: float = 30

    def sign_in(self) -> "Target":
        """Sign the same user in again, in a session of its own."""
        if not self.user:
            pytest.skip("needs a session of its own: FINITO_CONFORMANCE_USER and _PASSWORD are not set")
        page = f"{self.url}/login/"
        with httpx.Client(timeout=SECONDS, headers={"Referer": page}) as http:
            http.get(page)
            fields = {
                "username": self.user,
                "password": self.password,
                "csrfmiddlewaretoken": http.cookies["csrftoken"],
            }
            answer = http.post(page, data=fields)
            assert answer.status_code == 302, f"POST /login/ answered {answer.status_code}: wrong user or password?"
            return replace(self, cookie="; ".join(f"{name}={value}" for name, value in http.cookies.items()))

    def sign_out(self) -> None:
        """End this session."""
        cookies = {name: morsel.value for name, morsel in SimpleCookie(self.cookie).items()}
        headers = {"Cookie": self.cookie, "Referer": f"{self.url}/"}
        fields = {"csrfmiddlewaretoken": cookies.get("csrftoken", "")}
        answer = httpx.post(f"{self.url}/logout/", data=fields, headers=headers, timeout=SECONDS)
        assert answer.status_code == 302, f"POST /logout/ answered {answer.status_code}"

    def make_events(self, count: int) -> int:
        """Cause events; returns how many a test may wait for."""
        if self.cause is None:
            return 1
        self.cause(count)
        return count


class Response:
    """One answer. `body` grows with read(); `ended` says that the server is done."""

    def __init__(self, connection: socket.socket, bodiless: bool) -> None:
        self.body = b""
        self.ended = False
        self._connection = connection
        raw = b""
        while b"\r\n\r\n" not in raw:
            received = connection.recv(1)  # and no byte of the body: a test may want to be cut there
            assert received, f"the server closed the connection without an answer, after {raw!r}"
            raw += received
        self._raw = b""
        first, *lines = raw[:-4].decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        pairs = (line.partition(":") for line in lines)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self.chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self._left = 0 if self.chunked else int(self.headers.get("content-length", sys.maxsize))
        self.ended = bodiless or self.status in (204, 304) or not (self.chunked or self._left)

    def read(self, seconds: float = SECONDS, limit: int = 65_536) -> bytes:
        """Return the next bytes of the body, at most `limit`; empty when none came in time, or the body has ended."""
        before = len(self.body)
        until = time.monotonic() + seconds
        while not self.ended and len(self.body) == before and (left := until - time.monotonic()) > 0:
            self._connection.settimeout(left)
            try:
                received = self._connection.recv(min(limit, 65_536))
            except TimeoutError:
                break
            except ConnectionResetError:
                received = b""
            self._raw += received
            self.ended = not received
            self._decode()
        return self.body[before:]

    def close(self) -> None:
        """Go away without a word."""
        self._connection.close()

    def _decode(self) -> None:
        while self._raw:
            if self._left:
                part = self._raw[: self._left]
                self.body += part
                self._raw = self._raw[len(part) :]
                self._left -= len(part)
                self.ended |= not self.chunked and not self._left
                continue
            size, whole, rest = self._raw.partition(b"\r\n")
            if not whole:
                return
            self._raw = rest
            if size:
                self._left = int(size.partition(b";")[0], 16)
                self.ended |= not self._left


def ask(
    target: Target, *headers: tuple[str, str | bytes], method: str = "GET", query: str = "", version: str = "1.1"
) -> Response:
    """Ask for the stream on a connection of its own, with these headers and the target's cookie."""
    address = urlsplit(target.url)
    port = address.port or (443 if address.scheme == "https" else 80)
    connection = socket.create_connection((address.hostname, port), SECONDS)
    if address.scheme == "https":
        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=address.hostname)
    first = f"{method} {address.path.rstrip('/')}/events/{query} HTTP/{version}"
    sent: list[tuple[str, str | bytes]] = [("Host", address.netloc), *headers]
    if target.cookie:
        sent.append(("Cookie", target.cookie))
    if method == "POST":
        sent.append(("Content-Length", "0"))
    lines = [first.encode("latin-1")]
    for name, value in sent:
        lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1")))
    with suppress(BrokenPipeError, ConnectionResetError):  # refused before its end; the answer may be there
        connection.sendall(b"\r\n".join([*lines, b"", b""]))
    return Response(connection, bodiless=method == "HEAD")


class Silence(AssertionError):
    """The event that was waited for did not come."""


class Listener:
    """A strict client: every byte that it reads is judged."""

    def __init__(self, target: Target, cursor: str | None = None, response: Response | None = None) -> None:
        headers = [("Last-Event-ID", cursor)] if cursor and response is None else []
        self.response = response or ask(target, *headers)
        assert self.response.status == 200, f"GET /events/ answered {self.response.status}, not 200"
        self.judge = Judge(cursor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()

    def wait_for(self, what: str, condition: Callable[[Judge], object], seconds: float = SECONDS) -> None:
        """Read until the condition holds for what has been read. `what` names it for the failure."""
        until = time.monotonic() + seconds
        while not condition(self.judge):
            left = until - time.monotonic()
            if left <= 0 or self.response.ended:
                came = [f"{frame.event} {frame.id}" for frame in self.judge.frames[-5:]]
                why = "the server closed the stream" if self.response.ended else f"{seconds:g} s went by"
                raise Silence(f"{why} without {what}; the last that came: {came}")
            self.judge.feed(self.response.read(left))

    def wait_for_frame(self, event: str, seconds: float = SECONDS) -> Frame:
        """Read up to the first such frame."""
        self.wait_for(event, lambda judge: event in [frame.event for frame in judge.frames], seconds)
        return next(frame for frame in self.judge.frames if frame.event == event)

    def wait_for_mail(self, count: int, seconds: float = SECONDS) -> None:
        """Read up to so many numbered events."""
        self.wait_for(f"{count} mail events", lambda judge: len(judge.mail) >= count, seconds)

    def wait_for_end(self, seconds: float = SECONDS) -> None:
        """Read on until the server closes."""
        until = time.monotonic() + seconds
        while not self.response.ended:
            left = until - time.monotonic()
            assert left > 0, f"the stream is open after {seconds:g} s"
            self.judge.feed(self.response.read(left))
        self.judge.end()
