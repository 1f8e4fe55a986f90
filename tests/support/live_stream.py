"""An event stream as a strict client reads it."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

CONTROL_EVENTS = {"ready", "hb", "reset", "bye", "status"}
_FIELD = re.compile(r"(id|event|data|retry): (.*)", re.ASCII)


@dataclass(frozen=True)
class Frame:
    """One event as it came."""

    id: str
    event: str
    data: dict[str, Any]
    at: float  # time.monotonic()

    @property
    def seq(self) -> int:
        """Its number."""
        return int(self.id.rpartition("-")[2])


class Stream:
    """An open stream that collects its frames in a thread. What is not to the letter of the contract raises."""

    def __init__(self, http: httpx.Client, url: str, last_event_id: str | None) -> None:
        self.frames: list[Frame] = []
        self.retries: list[int] = []
        self.status = 0
        self.ended = threading.Event()
        self.error: BaseException | None = None
        self._news = threading.Condition()
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        self._http = httpx.Client(timeout=httpx.Timeout(60, read=None), headers={"Cookie": cookies, **headers})
        self._socket: socket.socket | None = None
        threading.Thread(target=self._read, args=(url,), daemon=True).start()
        self._wait(lambda: bool(self.frames) or self.ended.is_set(), 60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self.error is not None:
            raise self.error

    @property
    def mail_events(self) -> list[Frame]:
        """The frames that are numbered."""
        return [frame for frame in self.frames if frame.event not in CONTROL_EVENTS]

    def wait_for(
        self, event: str, seconds: float = 60, count: int = 1, where: Callable[[Frame], bool] = lambda frame: True
    ) -> Frame:
        """The nth such frame since the stream was opened."""

        def found() -> list[Frame]:
            return [frame for frame in self.frames if frame.event == event and where(frame)]

        self._wait(lambda: len(found()) >= count or self.ended.is_set(), seconds)
        if len(found()) < count:
            seen = [frame.event for frame in self.frames]
            raise AssertionError(f"{len(found())} of {count} {event} in {seconds} s; came: {seen}")
        return found()[count - 1]

    def wait_for_end(self, seconds: float = 60) -> None:
        """Wait until the server has closed it."""
        assert self.ended.wait(seconds), f"the stream is open after {seconds} s"

    def close(self) -> None:
        """Go away as a browser does: the connection breaks."""
        if self._socket is not None:
            with suppress(OSError):  # the server was first
                self._socket.shutdown(socket.SHUT_RDWR)
        self.ended.wait(10)
        self._http.close()

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        with self._news:
            self._news.wait_for(condition, seconds)

    def _read(self, url: str) -> None:
        try:
            with self._http.stream("GET", url) as response:
                self.status = response.status_code
                self._socket = response.extensions["network_stream"].get_extra_info("socket")
                buffered = b""
                for received in response.iter_raw():
                    *blocks, buffered = (buffered + received).split(b"\n\n")
                    for block in blocks:
                        self._take(block)
                assert not buffered, f"the stream ended within a frame: {buffered!r}"
        except httpx.HTTPError:
            pass  # cut off, by us or by them
        except BaseException as error:
            self.error = error
        finally:
            self.ended.set()
            with self._news:
                self._news.notify_all()

    def _take(self, block: bytes) -> None:
        text = block.decode("ascii")
        assert "\r" not in text and "\0" not in text, f"not allowed in a stream: {block!r}"  # noqa: PT018
        lines = [line for line in text.split("\n") if not line.startswith(":")]
        fields: dict[str, str] = {}
        for line in lines:
            match = _FIELD.fullmatch(line)
            assert match is not None and match[1] not in fields, f"not a field: {line!r}"  # noqa: PT018
            fields[match[1]] = match[2]
        if "retry" in fields:
            self.retries.append(int(fields.pop("retry")))
        if fields:
            assert fields.keys() == {"id", "event", "data"}, f"not a whole frame: {block!r}"
            frame = Frame(fields["id"], fields["event"], json.loads(fields["data"]), time.monotonic())
            with self._news:
                self.frames.append(frame)
                self._news.notify_all()


def connect_slowly(port: int, session: str, last_event_id: str = "") -> socket.socket:
    """A stream over a bare socket with little room, so that who does not read keeps the web waiting."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(60)
    client.connect(("127.0.0.1", port))
    cursor = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
    head = f"GET /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={session}\r\n{cursor}\r\n"
    client.sendall(head.encode())
    return client
