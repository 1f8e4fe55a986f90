"""A small stream server that does what a test tells it: it keeps a log, resumes, goes silent, lies and refuses."""

import asyncio
import json
import mimetypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from finito.static_storage import VERSIONED
from tests.browser import asks

BLANK_PAGE = b"""<!doctype html><title>stream</title><script type="module">
import { EventStream } from "/static/realtime/event-stream.js";
Object.assign(window, {events: [], resets: [], states: [], told: [], foreign: 0});
window.listen = (options) => window.stream = new EventStream({
  url: "/events/",
  types: [
    "message.added", "message.changed", "message.deleted", "mailbox.resynced", "mailbox.counts", "account.status",
  ],
  onEvent: (type, payload, id) => events.push(id),
  onReset: (reason) => { resets.push(reason); },
  onState: (state) => { states.push(state); },
  onPresence: (presence) => { told.push(presence); },
  onForeign: () => { window.foreign += 1; },
  ...options,
});
window.ready = true;
</script>"""


class StreamServer:
    """Runs in a thread of its own; the attributes may be changed at any time."""

    def __init__(self) -> None:
        self.epoch = "k3f9a2c1"
        self.heartbeat: float = 20
        self.status = 200
        self.retry_ms = 20
        self.held_back = False  # by a network: what new streams are told does not come
        self.ask_status = 200
        self.asks: list[str] = []  # the cursor of each ask
        self.asked: list[str] = []  # the cursor of each connection to the stream, "" without one
        self.pages: dict[str, bytes] = {"/blank": BLANK_PAGE}
        self.held: set[str] = set()  # pages that are answered later
        self.signed_out = False  # pages are answered 204
        self.page_requests: list[str] = []
        self.log: list[tuple[str, str]] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def open_streams(self) -> int:
        return len(self._open)

    def start(self) -> None:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.url = f"http://127.0.0.1:{starting.result(5)}"

    def stop(self) -> None:
        self.drop()
        asyncio.run_coroutine_threadsafe(self._end_connections(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def id(self, seq: int) -> str:
        return f"{self.epoch}-{seq}"

    def append(
        self, type_: str = "mailbox.counts", payload: dict[str, Any] | None = None, *, quiet: bool = False
    ) -> str:
        """Add an event to the log and send it, unless `quiet`. Returns its id."""
        self.log.append((type_, json.dumps(payload or {})))
        if not quiet:
            self.send(self.frame_of(len(self.log)))
        return self.id(len(self.log))

    def say(self, type_: str, seq: int, payload: dict[str, Any]) -> None:
        """Send any frame to the open streams."""
        self.send(frame(type_, self.id(seq), json.dumps(payload)))

    def send(self, text: str) -> None:
        self._each(lambda writer: writer.write(text.encode()))

    def drop(self) -> None:
        """Cut every stream."""
        self._each(lambda writer: writer.close())

    def _each(self, action: Callable[[asyncio.StreamWriter], None]) -> None:
        async def act() -> None:
            for writer in list(self._open):
                action(writer)

        asyncio.run_coroutine_threadsafe(act(), self._loop).result(5)

    def frame_of(self, seq: int) -> str:
        """Return an event of the log as the stream sends it."""
        type_, text = self.log[seq - 1]
        return frame(type_, self.id(seq), text)

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _end_connections(self) -> None:
        """A task that outlives its loop would be complained about in some later test."""
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            target = urlsplit(request.split(" ")[1])
            if target.path == "/events/":
                await self._stream(request, parse_qs(target.query), reader, writer)
            elif target.path == "/events/since/":
                writer.write(await asks.answer(self, parse_qs(target.query), reader))
            else:
                path = VERSIONED.sub("", target.path, count=1)
                page = self._page(path)  # before a test can see that it was asked for, and change it
                self.page_requests.append(path)
                while path in self.held:  # noqa: ASYNC110  (another thread releases it)
                    await asyncio.sleep(0.01)
                writer.write(page)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _page(self, path: str) -> bytes:
        body, kind = self.pages.get(path), "text/html; charset=utf-8"
        if path.startswith("/static/"):
            app = path.split("/")[2]
            file: Path = settings.BASE_DIR / app / path.removeprefix("/")
            body, kind = file.read_bytes(), mimetypes.guess_type(path)[0] or "text/plain"
        status = "404 Not Found" if body is None else "200 OK"
        if self.signed_out:
            status, body = "204 No Content", b""
        return head(status, kind) + (body or b"")

    async def _stream(
        self, request: str, query: dict[str, list[str]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        headers = dict(line.lower().split(": ", 1) for line in request.split("\r\n")[1:] if ": " in line)
        asked = headers.get("last-event-id") or query.get("lastEventId", [""])[-1]
        self.asked.append(asked)
        if self.status != 200:
            writer.write(head(f"{self.status} So it is", "text/plain"))
            return
        if self.held_back:
            await reader.read()
            return
        cursor = asked or self.id(len(self.log))
        writer.write(head("200 OK", "text/event-stream") + f":ok\nretry: {self.retry_ms}\n\n".encode())
        if not cursor.startswith(self.epoch + "-"):
            cursor = self.id(len(self.log))
            writer.write(frame("reset", cursor, json.dumps({"reason": "epoch"})).encode())
        writer.write(frame("ready", cursor, json.dumps({"cursor": cursor, "heartbeat": self.heartbeat})).encode())
        for seq in range(int(cursor.split("-")[1]) + 1, len(self.log) + 1):
            writer.write(self.frame_of(seq).encode())
        self._open.add(writer)
        try:
            await reader.read()
        finally:
            self._open.discard(writer)


def head(status: str, kind: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n".encode()


def frame(type_: str, id_: str, text: str) -> str:
    return f"id: {id_}\nevent: {type_}\ndata: {text}\n\n"
