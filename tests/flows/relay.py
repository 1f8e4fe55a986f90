"""A TCP relay on loopback that fails as networks do: it refuses, it hangs, it is slow, it cuts at any byte."""

import itertools
import random
import select
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

LONGEST_BYTES, LONGEST_SECONDS = 3000, 1.0  # a response's headers, `ready` and some events


class Relay:
    """Each connection goes to the next of the ports. With `chance` each one is cut soon, by FIN or RST. With `tls` the
    clients speak TLS."""

    def __init__(
        self, ports: Iterable[int], chance: random.Random | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.cuts = 0
        self.delay_seconds = 0.0  # of each answer
        self._targets, self._chance, self._tls = itertools.cycle(ports), chance, tls
        self._dead, self._hanging = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dead.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @contextmanager
    def dead(self) -> Iterator[None]:
        """Meanwhile every connection is reset."""
        self._dead.set()
        yield
        self._dead.clear()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Meanwhile nothing gets through, and no connection ends."""
        self._hanging.set()
        yield
        self._hanging.clear()

    def switch(self, *ports: int) -> None:
        """New connections go there; those that are open stay where they are."""
        self._targets = itertools.cycle(ports)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        left, deadline, reset = 1 << 62, float("inf"), False
        if self._chance is not None:
            left, reset = self._chance.randint(1, LONGEST_BYTES), self._chance.random() < 0.5
            deadline = time.monotonic() + self._chance.uniform(0, LONGEST_SECONDS)
        try:
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
            with socket.create_connection(("127.0.0.1", next(self._targets))) as server, client:
                other = {client: server, server: client}
                late: deque[tuple[float, bytes]] = deque()
                while left and time.monotonic() < deadline and not self._dead.is_set():
                    while late and late[0][0] <= time.monotonic():
                        client.sendall(late.popleft()[1])
                    readable, _, _ = select.select([] if self._hanging.is_set() else list(other), [], [], 0.02)
                    for side in readable:
                        received = side.recv(min(65536, left) if side is server else 65536)
                        if not received:
                            return
                        if side is server and (self.delay_seconds or late):
                            late.append((time.monotonic() + self.delay_seconds, received))
                        else:
                            other[side].sendall(received)
                        left -= len(received) if side is server else 0
                self.cuts += 1
                for side in other if reset or self._dead.is_set() else ():
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            client.close()
