"""A small event stream that keeps the promises of the contract, or breaks exactly one: what the kit must notice."""

import json
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.conformance.wire import Target

COOKIE = "sessionid=tiny"
HEARTBEAT_SECONDS = 1.0
Change = Callable[[bytes], bytes]


class TinyServer(ThreadingHTTPServer):
    """`change` spoils each write; `skip` and `again` name a number that is left out or sent twice, `lost_on_resume`
    those that are left out of a replay; `cookie` is what a user has."""

    daemon_threads = True

    def __init__(
        self,
        change: Change = bytes,
        cookie: str = COOKIE,
        cursorless: bool = False,
        skip: int = 0,
        again: int = 0,
        lost_on_resume: Collection[int] = (),
    ) -> None:
        super().__init__(("127.0.0.1", 0), Stream)
        self.change, self.cookie, self.cursorless = change, cookie, cursorless
        self.skip, self.again, self.lost_on_resume = skip, again, lost_on_resume
        self.events: list[bytes] = []
        self.news = threading.Condition()

    def cause(self, count: int) -> None:
        """So many events."""
        with self.news:
            for seq in range(len(self.events) + 1, len(self.events) + count + 1):
                message = {"id": f"m{seq}", "thread_id": f"t{seq}"}
                self.events.append(frame("message.deleted", seq, account_id=7, at="now", message=message))
            self.news.notify_all()


class Stream(BaseHTTPRequestHandler):
    """One request."""

    server: TinyServer

    def do_GET(self) -> None:
        """The stream."""
        if self.server.cookie not in self.headers.get("Cookie", ""):
            self.send_response(204)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Accel-Buffering", "no")
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the client went away
            self._stream()

    def do_POST(self) -> None:
        """`/cause/<count>` makes events; nothing else is a POST."""
        is_cause = self.path.startswith("/cause/")
        if is_cause:
            self.server.cause(int(self.path.removeprefix("/cause/")))
        self.send_response(204 if is_cause else 405)
        self.end_headers()

    do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_POST

    def _stream(self) -> None:
        server, asked = self.server, self._asked()
        head = len(server.events)
        known = asked is not None and asked in {f"tiny-{seq}" for seq in range(head + 1)}
        at = int(str(asked).rpartition("-")[2]) if known and not server.cursorless else head
        self._write(b":ok\nretry: 3000\n\n")
        if asked is not None and not known:
            self._write(frame("reset", at, reason="bad"))
        self._write(frame("ready", at, cursor=f"tiny-{at}", resumed=known, heartbeat=HEARTBEAT_SECONDS))
        left_out = {server.skip, *(server.lost_on_resume if known else ())}
        while True:
            with server.news:
                server.news.wait_for(lambda: len(server.events) > at, HEARTBEAT_SECONDS)  # noqa: B023
                fresh = server.events[at:]
            for seq, event in enumerate(fresh, start=at + 1):
                if seq not in left_out:
                    self._write(event * (2 if seq == server.again else 1))
            at += len(fresh)
            left_out = {server.skip}
            if not fresh:
                self._write(frame("hb", at))

    def _asked(self) -> str | None:
        query = parse_qs(urlsplit(self.path).query, errors="replace")
        given = [self.headers.get("Last-Event-ID"), *query.get("lastEventId", []), *query.get("last_event_id", [])]
        return next(filter(None, given), None)

    def _write(self, sent: bytes) -> None:
        self.wfile.write(self.server.change(sent))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def frame(event: str, seq: int, **payload: object) -> bytes:
    """One event as bytes."""
    return f"id: tiny-{seq}\nevent: {event}\ndata: {json.dumps(payload)}\n\n".encode()


@contextmanager
def tiny_server(**flaw: object) -> Iterator[Target]:
    """Let it run, and give what the kit needs to judge it."""
    with TinyServer(**flaw) as server:  # type: ignore[arg-type]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        port = server.server_address[1]
        yield Target(f"http://127.0.0.1:{port}", cookie=COOKIE, cause=server.cause, cap=0, wait_seconds=5)
        server.shutdown()
