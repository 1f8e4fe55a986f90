"""uvicorn's HTTP protocol, with what a server of long streams needs besides: it is named in the Procfile.

A peer that is gone without a word, or never reads, is given up by the kernel; an application may cut a connection,
which ASGI has no word for; and a request's head has a bound, which httptools does not know.
"""

import asyncio
import socket

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT_BYTES = 65_536
GRACE_SECONDS = 1.0  # the stream's own write timeout comes first: it says why


class HttpProtocol(HttpToolsProtocol):
    """Adds `abort` to the scope's extensions: a callable that drops the connection and what was not yet sent."""

    _head_is_open = True
    _received_bytes = 0  # since the last request has ended
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Bound how long sent bytes may stay unacknowledged or unsendable (tcp(7), RFC 5482)."""
        super().connection_made(transport)
        peer = transport.get_extra_info("socket")
        if peer.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = int(1_000 * (settings.STREAM_WRITE_TIMEOUT_SECONDS + GRACE_SECONDS))
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; a head that does not end is refused."""
        self._received_bytes += len(data)
        super().data_received(data)
        if self._head_is_open and self._received_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes = 0
        self.scope["extensions"] = {"abort": self.transport.abort}

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is whole; what is raised here becomes a 400."""
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_LIMIT_BYTES:
            raise ValueError("the request's head is too large")

    def on_headers_complete(self) -> None:
        """The head has ended; the body has a bound of its own."""
        self._head_is_open = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has ended; what follows is the head of another one."""
        super().on_message_complete()
        self._head_is_open = True
        self._received_bytes = 0
