"""Many streams from one process: each member reads, comes back when `retry` says, and remembers what it was told."""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_EVENT = re.compile(rb"id: (\w+)-(\d+)\nevent: (\S+)\ndata: ", re.ASCII)
_CONTROL = {b"ready", b"hb", b"status", b"bye", b"reset"}


@dataclass(eq=False)
class Member:
    """One EventSource. `opened` are the times of its `ready` frames (time.monotonic()), `planned` those at which each
    `bye` told it to return."""

    session: str
    ports: Sequence[int]  # where it connects, in turn
    seqs: list[int] = field(default_factory=list)
    resets: int = 0
    opened: list[float] = field(default_factory=list)
    planned: list[float] = field(default_factory=list)
    _cursor: bytes = b""
    _retry_ms: int = 1_000
    _turn: int = 0

    async def live(self) -> None:
        """Read until cancelled, over as many connections as it takes."""
        while True:
            try:
                await self._connect(self.ports[self._turn % len(self.ports)])
            except OSError:
                await asyncio.sleep(0.2)  # nobody there: a balancer would choose another
            else:
                await asyncio.sleep(self._retry_ms / 1_000)
            self._turn += 1

    async def _connect(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        try:
            cursor = b"Last-Event-ID: " + self._cursor + b"\r\n" if self._cursor else b""
            writer.write(
                f"GET /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={self.session}\r\n".encode()
                + cursor
                + b"Connection: close\r\n\r\n"
            )
            if b" 200 " not in await reader.readline():
                raise ConnectionRefusedError
            while line := await reader.readline():
                await self._take(line, reader)
        except (ConnectionResetError, BrokenPipeError):
            pass  # killed
        finally:
            writer.close()

    async def _take(self, line: bytes, reader: asyncio.StreamReader) -> None:
        if line.startswith(b"retry: "):
            self._retry_ms = int(line[7:])
        elif line.startswith(b"id: "):
            head = line + await reader.readline() + await reader.readline()
            match = _EVENT.match(head)
            assert match is not None, head
            self._cursor = match[1] + b"-" + match[2]
            if match[3] == b"ready":
                self.opened.append(time.monotonic())
            elif match[3] == b"bye":
                self.planned.append(time.monotonic() + self._retry_ms / 1_000)
            self.resets += match[3] == b"reset"
            if match[3] not in _CONTROL:
                self.seqs.append(int(match[2]))


def fullest_second(times: Iterable[float]) -> int:
    """Return the most of these times that lie within one second."""
    ordered = sorted(times)
    return max(sum(start <= other < start + 1 for other in ordered[index:]) for index, start in enumerate(ordered))


async def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until it is true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  (of any kind)
            await asyncio.sleep(0.1)
