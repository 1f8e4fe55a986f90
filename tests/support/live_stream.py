"""Gives an open event stream over HTTP, and one that does not read."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import httpx

from tests.support.event_source import EventSource, Frame
from tests.support.trust import trusted

CONTROL_EVENTS = {"ready", "hb", "reset", "bye", "status", "presence"}


class Stream:
    """An open stream that collects its frames in a thread. What is not to the letter of the contract raises."""

    def __init__(self, http: httpx.Client, url: str, last_event_id: str | None) -> None:
        self.frames: list[Frame] = []
        self._source = EventSource()
        self.status = 0
        self.ended = threading.Event()
        self.error: BaseException | None = None
        self._news = threading.Condition()
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        timeout = httpx.Timeout(60, read=None)
        self._http = httpx.Client(timeout=timeout, headers={"Cookie": cookies, **headers}, verify=trusted())
        self._socket: socket.socket | None = None
        threading.Thread(target=self._read, args=(url,), daemon=True).start()
        self._wait(lambda: bool(self.frames) or self.ended.is_set(), 60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
        if error is None and self.error is not None:
            raise self.error

    @property
    def retries(self) -> list[int]:
        """The pauses that the server asked for, in milliseconds."""
        return self._source.retries

    @property
    def mail_events(self) -> list[Frame]:
        """The frames that are numbered."""
        return [frame for frame in self.frames if frame.event not in CONTROL_EVENTS]

    def wait_for(
        self, event: str, seconds: float = 60, count: int = 1, where: Callable[[Frame], bool] = lambda frame: True
    ) -> Frame:
        """Return the nth such frame since the stream was opened."""

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
        if not self.frames:  # it never was one: say why
            raise self.error or AssertionError(f"the stream ended with {self.status} before its first frame")

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
                for received in response.iter_raw():
                    self._take(self._source.feed(received))
                self._source.end()
        except httpx.HTTPError:
            pass  # cut off, by us or by them
        except BaseException as error:
            self.error = error
        finally:
            self.ended.set()
            with self._news:
                self._news.notify_all()

    def _take(self, frames: list[Frame]) -> None:
        with self._news:
            self.frames += frames
            self._news.notify_all()


def connect_slowly(port: int, session: str, last_event_id: str = "") -> socket.socket:
    """Return a stream over a bare socket with little room, so that whoever does not read keeps the web waiting."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(60)
    client.connect(("127.0.0.1", port))
    cursor = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
    head = f"GET /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={session}\r\n{cursor}\r\n"
    client.sendall(head.encode())
    return client
