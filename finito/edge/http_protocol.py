"""uvicorn's HTTP protocol, with what a server of long streams needs besides. The Procfile names it.

The kernel gives up a peer that is gone or never reads; an application may cut a connection, for which ASGI has no
message; and a request is bounded in time and, but for its body, in size.
"""

import asyncio
import socket

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT_BYTES = 65_536
REQUEST_SECONDS = 30.0  # from the connection, or the first byte of a later request, to the last byte
GRACE_SECONDS = 3.0  # the stream notices it within a second (hub.py), and says why; the kernel comes after it


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with two callables in the scope's extensions: `abort` drops the connection, `write_at_once`
    writes a part of a body that has begun, and returns whether it could: not where the client does not read,
    nor in a body whose length was told.
    """

    # Objects with more than 30 attributes outside slots do not share their names: that is 1 kB a connection.
    __slots__ = ("_deadline", "_head_bytes", "_received_bytes")
    _received_bytes: int  # since the request began, or its body went on
    _head_bytes: int
    _deadline: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Bound how long sent bytes may stay unacknowledged or unsendable (tcp(7), RFC 5482)."""
        super().connection_made(transport)
        self._received_bytes, self._head_bytes, self._deadline = 0, 0, None
        peer = transport.get_extra_info("socket")
        if peer.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = int(1_000 * (settings.STREAM_WRITE_TIMEOUT_SECONDS + GRACE_SECONDS))
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no circle behind: a server of many streams looks for those seldom (realtime/garbage.py)."""
        self._stop_expecting()
        super().connection_lost(exc)
        if self.scope is not None:  # as it is before the first request
            self.scope.pop("extensions", None)

    def data_received(self, data: bytes) -> None:
        """Receive bytes; refuse a head, or trailers, without an end."""
        self._received_bytes += len(data)
        super().data_received(data)
        if self._received_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """Give a new request its deadline."""
        super().on_message_begin()
        self._head_bytes = 0
        self.scope["extensions"] = {"abort": self.transport.abort, "write_at_once": self._write_at_once}
        self._expect_request()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header without the blanks around it (RFC 9110, 5.5; llhttp leaves those at the end), and count it.

        uvicorn turns an exception here into 400.
        """
        super().on_header(name, value.rstrip(b" \t"))
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_LIMIT_BYTES:
            raise ValueError("the request's head is too large")

    def on_body(self, body: bytes) -> None:
        """Begin to count anew: the body has its own bound (finito.edge.body_limit)."""
        self._received_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request's deadline, and leave the headers to the scope: whoever answers for long lets them go."""
        self._received_bytes = 0
        self._stop_expecting()
        super().on_message_complete()
        if not self.parser.should_upgrade():
            self.headers = []  # type: ignore[misc, var-annotated]  # uvicorn's own, outside our slots

    def _write_at_once(self, part: bytes) -> bool:
        answer = self.cycle  # of the newest request: one that waits behind an open answer has not begun
        if self.flow.write_paused or answer.disconnected or answer.response_complete or not answer.chunked_encoding:
            return False
        self.transport.write(b"%x\r\n%b\r\n" % (len(part), part))
        return True

    def _expect_request(self) -> None:
        self._stop_expecting()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _stop_expecting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
