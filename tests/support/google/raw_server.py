"""A server that answers with raw bytes and ends connections in every way in which they end in real life."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

Act = Callable[["Visit"], object]


class Visit:
    """One connection: requests that came on it, and what may be done to it."""

    def __init__(self, server: "RawServer", sock: socket.socket, number: int) -> None:
        self.server, self.sock, self.number, self.requests = server, sock, number, 0

    def read(self) -> bytes:
        """Read one request, head and body; empty at the connection's end."""
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.sock.recv(65_536)
            if not more:
                return b""
            head += more
        fields, _, body = head.partition(b"\r\n\r\n")
        lengths = [line for line in fields.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].partition(b":")[2]):
            body += self.sock.recv(65_536)
        self.requests += 1
        self.server.seen.append(fields + b"\r\n\r\n" + body)
        return head

    def answer(
        self, body: bytes = b'{"historyId":"7","emailAddress":"a@b.example"}', status: int = 200, **headers: str
    ) -> None:
        """Send a whole answer; the connection goes on."""
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.sock.sendall(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body)

    def reset(self) -> None:
        """End it by a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def drip(self, content: bytes) -> None:
        """Send one byte at a time, until nobody listens."""
        with suppress(OSError):
            for byte in content:
                self.sock.sendall(bytes([byte]))
                time.sleep(0.05)

    def hang(self) -> None:
        """Say nothing for as long as the other side is there."""
        with suppress(OSError):
            while self.sock.recv(65_536):
                pass


class RawServer:
    """Each connection is handled by `act`, in a thread of its own; `seen` are the requests, as bytes.

    A test sets `idle` when it has read an answer, where an act waits for that.
    """

    def __init__(self, act: Act, wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock) -> None:
        self.act, self.seen, self.visits, self._wrap = act, list[bytes](), 0, wrap
        self.idle = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.visits += 1
                threading.Thread(target=self._visit, args=(sock, self.visits), daemon=True).start()

    def _visit(self, sock: socket.socket, number: int) -> None:
        with suppress(OSError):
            sock = self._wrap(sock)
            self.act(Visit(self, sock, number))
            sock.close()


def answers(status: int, body: Any, **headers: str) -> Act:
    """Answer every request so; what is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def act(visit: Visit) -> None:
        while visit.read():
            visit.answer(content, status, **headers)

    return act


def drip_body(visit: Visit) -> None:
    """Answer a body that comes byte by byte."""
    visit.read()
    visit.drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000)


def drip_head(visit: Visit) -> None:
    """Answer a head that comes byte by byte."""
    visit.read()
    visit.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 60_000)


def never_end(visit: Visit) -> None:
    """Answer a body without an end."""
    visit.read()
    visit.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        visit.sock.sendall(b" " * 65_536)


def hang(visit: Visit) -> None:
    """Take the request and say nothing."""
    visit.read()
    visit.hang()
