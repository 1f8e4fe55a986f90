"""One connection to Google: kept while it lives, replaced when it has died, bounded in time and size.

Peers, proxies and NATs end what idles, and say so by a reset, an end of file, or not at all. httplib2 asks again after
some of these and not after others, also after an answer that was garbage, and reads for as long as something drips.
"""

import http.client
import io
import select
import socket
import time
from typing import Any

import httplib2

from gmail_sync.google.addresses import connected
from gmail_sync.google.egress import proxy_for

IDLE_SECONDS = 20.0  # the shortest memory of a NAT or a balancer that is known is 30 s
SILENCE_SECONDS = 10.0
# If not even the peer's kernel acknowledges what was sent, nobody is there any more (Linux; RFC 5482).
UNACKNOWLEDGED_MS = 4_000
# A page of 500 history records has a megabyte or two, 25 messages' headers less; a thread holds one answer at a time.
LARGEST_BYTES = 64 << 20
FAULTS = (OSError, http.client.HTTPException)


class Connection(http.client.HTTPConnection):
    """A plain or a TLS connection. If it has served before, and dies before the first byte of an answer, it sends the
    request once more on a new one.

    Only for requests that may be sent twice, as all of ours to Gmail may, and a refresh.
    """

    until = float("inf")  # by time.monotonic()
    silence = SILENCE_SECONDS
    largest = LARGEST_BYTES
    received = 0
    served = False  # it has delivered a whole answer
    idle_since = 0.0
    _asked: tuple[Any, ...] = ()
    _library: type[http.client.HTTPConnection] = http.client.HTTPConnection  # whose connect() is Python's own

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = connected

    def patience(self) -> float:
        """Return the seconds to wait for the next byte. Raises TimeoutError when the time of the call is up."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call took too long in all")
        return min(self.silence, left)

    def connect(self) -> None:
        self.served, self.timeout = False, self.patience()
        self._library.connect(self)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **kwargs: Any) -> None:
        self._asked, self.received = (method, url, body, headers or {}), 0
        if self.served and (time.monotonic() - self.idle_since > IDLE_SECONDS or _says_something(self.sock)):
            self.close()
            self.connect()
        try:
            self._ask()
        except FAULTS as error:
            self._ask_anew(error)

    def getresponse(self) -> http.client.HTTPResponse:
        try:
            return self._answer()
        except FAULTS as error:
            self._ask_anew(error)
            return self._answer()

    def response_class(  # type: ignore[override]  # made by calling it, as the class would be
        self, sock: socket.socket, *args: Any, **kwargs: Any
    ) -> http.client.HTTPResponse:
        answer = http.client.HTTPResponse(sock, *args, **kwargs)
        answer.fp = io.BufferedReader(_Reader(self, sock, answer.fp.detach()))
        return answer

    def _ask(self) -> None:
        self.sock.settimeout(self.patience())
        super().request(*self._asked)

    def _answer(self) -> http.client.HTTPResponse:
        try:
            return super().getresponse()
        except http.client.BadStatusLine as error:  # httplib2 would ask once more, whoever sent what
            raise http.client.HTTPException(type(error).__name__) from error

    def _ask_anew(self, error: Exception) -> None:
        """Ask on a new connection, or raise the error if it does not come from the old one's death."""
        repeatable = self.served and not self.received and time.monotonic() < self.until
        self.close()
        if not repeatable:
            raise error
        self.connect()
        self._ask()


class Plain(Connection, httplib2.HTTPConnectionWithTimeout):
    """A connection for http, on loopback."""


class Tls(Connection, httplib2.HTTPSConnectionWithTimeout):
    """A connection for https, in a tunnel where a proxy is the only way."""

    _library = http.client.HTTPSConnection

    def __init__(self, host: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(host, *args, **kwargs)
        if proxy := proxy_for(self.host):
            self.set_tunnel(self.host, self.port, proxy.headers)
            self.host, self.port = proxy.host, proxy.port


class _Reader(io.RawIOBase):
    """The bytes of one answer, bounded in number and time."""

    def __init__(self, connection: Connection, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._connection, self._sock, self._raw = connection, sock, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._connection.patience())
        count = self._raw.readinto(buffer)
        self._connection.received += count or 0
        if self._connection.received > self._connection.largest:
            raise http.client.HTTPException("the answer is too large")
        return int(count)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _says_something(sock: socket.socket) -> bool:
    """Tell whether an idle connection has something to read: an end of file, a reset, a proxy's last word."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
